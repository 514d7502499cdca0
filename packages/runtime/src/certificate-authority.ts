import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  GeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;
const CLOCK_SKEW_MS = 60 * 60 * 1000;
const USAGE = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;
const NAME_CONSTRAINTS = '2.5.29.30';

/** A certificate and its key, both PEM (the key PKCS #8). */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

interface AuthorityOptions {
  commonName: string;
  days: number;
  nowMs: number;
  /** Host names (with what is below them) and addresses or CIDR ranges that it may sign for. Omitted: anything. */
  permitted?: readonly string[];
}

interface LeafOptions {
  authority: KeyAndCertificate;
  commonName: string;
  /** Host names and addresses. */
  names: readonly string[];
  usages: readonly (keyof typeof USAGE)[];
  days: number;
  nowMs: number;
}

/** Makes a self-signed ECDSA P-256 authority that may sign end certificates only. */
export async function createAuthority(options: AuthorityOptions): Promise<KeyAndCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [options.commonName] }],
    keys,
    serialNumber: serial(),
    ...validity(options),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(options.permitted ? [nameConstraints(options.permitted)] : []),
    ],
  });
  return { key: await exportKey(keys.privateKey), cert: certificate.toString('pem') };
}

/** Makes a key and a certificate for it, signed by the authority. The chain is not included in `cert`. */
export async function createLeaf(options: LeafOptions): Promise<KeyAndCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const issuer = new X509Certificate(options.authority.cert);
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [options.commonName] }],
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: await importKey(options.authority.key),
    serialNumber: serial(),
    ...validity(options),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(options.usages.map((usage) => USAGE[usage])),
      new SubjectAlternativeNameExtension(options.names.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }))),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { key: await exportKey(keys.privateKey), cert: certificate.toString('pem') };
}

/**
 * RFC 5280 §4.2.1.10. Critical, as that section demands, so that who cannot judge it refuses the certificate.
 * @peculiar/x509 has no class for it, but encodes the names themselves; only the sequences around them are made here.
 */
function nameConstraints(permitted: readonly string[]): Extension {
  const subtrees = permitted.map((name) =>
    der(0x30, new Uint8Array(new GeneralName(/[:/]|^[\d.]+$/.test(name) ? 'ip' : 'dns', name).rawData)),
  );
  const body = der(0x30, der(0xa0, Buffer.concat(subtrees)));
  return new Extension(NAME_CONSTRAINTS, true, new Uint8Array(body));
}

function der(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function validity({ nowMs, days }: { nowMs: number; days: number }) {
  return { notBefore: new Date(nowMs - CLOCK_SKEW_MS), notAfter: new Date(nowMs - CLOCK_SKEW_MS + days * DAY_MS) };
}

/** 127 random bits; the first byte keeps the number positive and its length fixed (RFC 5280 §4.1.2.2). */
function serial(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString('hex');
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), ALGORITHM, false, ['sign']);
}
