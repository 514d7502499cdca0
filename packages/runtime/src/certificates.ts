import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { acmeCertificateFile } from './acme/renewal.ts';
import { createLeaf, type KeyAndCertificate } from './certificate-authority.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import { readIfPresent, writeWhole } from './key-files.ts';
import { ensureAuthority, isPermitted } from './local-authority.ts';
import { reachableAddresses } from './network-addresses.ts';
import type { TlsIdentity } from './tls-options.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Browsers refuse certificates that live longer than 398 days. */
const SERVER_DAYS = 397;
const RENEW_BEFORE_MS = 30 * DAY_MS;

const HOST_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

type CertificateConfig = Pick<Config, 'dataDir' | 'host' | 'announcedIps' | 'tlsCertFile' | 'tlsKeyFile' | 'acme'>;

/** What pages and REST are served with. `caFile` is set when the local CA signed it, so that a person can trust it. */
export interface ServerCertificate extends TlsIdentity {
  caFile?: string;
}

/**
 * The certificate for browsers: the configured files, else what the ACME server gave, else one that the local CA in `<dataDir>/tls` signs.
 * CA and certificate are made when missing; the certificate again when its names changed or it ends within 30 days; the CA
 * when it may not sign for the names. Processes may call this at the same time.
 */
export async function loadServerCertificate(config: CertificateConfig, clock: Clock = systemClock): Promise<ServerCertificate> {
  if (config.tlsCertFile !== undefined && config.tlsKeyFile !== undefined) {
    return { cert: await readFile(config.tlsCertFile, 'utf8'), key: await readFile(config.tlsKeyFile, 'utf8') };
  }
  const ordered = config.acme && (await readIfPresent(acmeCertificateFile(config.dataDir)));
  if (ordered !== undefined) return { cert: ordered, key: ordered };
  const folder = join(config.dataDir, 'tls');
  const authority = await ensureAuthority(folder, config.host, clock.nowMs());
  const names = [...new Set(['localhost', ...teamHosts(config.host), ...otherNames(config, authority.permitted)])];
  const leafFile = join(folder, 'server.pem');
  const present = await readIfPresent(leafFile);
  const leaf =
    present !== undefined && isCurrent(present, authority.cert, names, clock.nowMs())
      ? present
      : await issue(authority, leafFile, names, clock.nowMs());
  return { cert: leaf, key: leaf, caFile: authorityFile(config.dataDir) };
}

/** The files whose change means another certificate. */
export function certificateFiles(config: CertificateConfig): string[] {
  if (config.tlsCertFile !== undefined && config.tlsKeyFile !== undefined) return [config.tlsCertFile, config.tlsKeyFile];
  return [config.acme ? acmeCertificateFile(config.dataDir) : join(config.dataDir, 'tls', 'server.pem')];
}

/** Where the local CA's certificate is. */
export function authorityFile(dataDir: string): string {
  return join(dataDir, 'tls', 'ca.pem');
}

/** Whether a file's certificate was signed by the authority, names exactly these hosts and addresses, and lives on for a while. */
function isCurrent(pem: string, authorityPem: string, names: readonly string[], nowMs: number): boolean {
  const certificate = new X509Certificate(pem);
  const named = certificate.subjectAltName?.split(', ').length ?? 0;
  return (
    livesOn(pem, nowMs) &&
    certificate.verify(new X509Certificate(authorityPem).publicKey) &&
    named === names.length &&
    names.every((name) => (isIP(name) === 0 ? certificate.checkHost(name.replace(/^\*/, 'any')) : certificate.checkIP(name)) !== undefined)
  );
}

function livesOn(pem: string, nowMs: number): boolean {
  return new X509Certificate(pem).validToDate.getTime() - nowMs > RENEW_BEFORE_MS;
}

async function issue(authority: KeyAndCertificate, file: string, names: readonly string[], nowMs: number): Promise<string> {
  const leaf = await createLeaf({ authority, commonName: 'Conclave', names, usages: ['server'], days: SERVER_DAYS, nowMs });
  const text = `${leaf.key}\n${leaf.cert}\n`; // one file, so that key and certificate are replaced together
  await writeWhole(file, text);
  return text;
}

/** The plain host is the first team's; each further team is one label below it. Nobody accepts a wildcard right below a top-level name. */
function teamHosts(host: string): string[] {
  return isIP(host) === 0 && host.includes('.') ? [host, `*.${host}`] : [host];
}

/** Addresses beside the host's: of this machine, as far as the authority may sign for them. */
function otherNames(config: CertificateConfig, permitted: readonly string[]): string[] {
  const host = hostname().toLowerCase();
  const wanted = [host, '127.0.0.1', '::1', ...config.announcedIps, ...reachableAddresses()];
  return wanted.filter((name) => HOST_NAME.test(name) || isIP(name) !== 0).filter((name) => isPermitted(name, permitted));
}
