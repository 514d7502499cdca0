import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { checkServerIdentity, getCACertificates, type DetailedPeerCertificate } from 'node:tls';
import type { Section } from './finding.ts';
import { shakeHands, type Handshake } from './handshake.ts';
import type { Reached } from './target.ts';

const DAY_MS = 86_400_000;
const LONG_LIFE_MS = 30 * DAY_MS;
const WARN_BEFORE_MS = 21 * DAY_MS;
/** What OpenSSL says of the time, which `dates` judges. */
const ABOUT_TIME = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** Whom browsers believe, whose name it is, until when, and how strong the key is. False when there is no TLS at all. */
export async function checkCertificate(target: Reached, section: Section): Promise<boolean> {
  const first = await shakeHands(target);
  if (first.kind !== 'made') {
    section.fail(
      'TLS',
      `there is none at ${target.address}, port ${target.port} (${first.reason})`,
      'serve HTTPS there; behind a proxy, see docs/operations/network.md',
    );
    return false;
  }
  await judgeChain(target, first, section);
  judgeName(target, first.certificate, section);
  judgeDates(first.certificate, Date.now(), section);
  judgeKey(first.certificate, section);
  return true;
}

async function judgeChain(target: Reached, { trustError, certificate }: Handshake, section: Section): Promise<void> {
  const issuer = [certificate.issuer?.CN ?? certificate.issuer?.O ?? 'an issuer without a name'].flat().join(', ');
  if (await isTrustedBy(target, getCACertificates('bundled'))) return section.ok('chain', `browsers trust it (${issuer})`);
  const advice = 'browsers elsewhere warn: get a certificate of a public CA, by CONCLAVE_ACME_URL or as a file';
  if (await isTrustedBy(target, getCACertificates('system')))
    return section.warn('chain', `a CA that this machine was told to trust has signed it (${issuer})`, advice);
  if (target.ca && (await isTrustedBy(target, await readCertificates(target.ca.file))))
    return section.warn('chain', `${target.ca.whose} has signed it (${issuer})`, advice);
  const incomplete = trustError === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' || trustError === 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY';
  section.fail(
    'chain',
    `not trusted (${trustError ?? 'unknown'}; signed by ${issuer})`,
    incomplete
      ? 'put the intermediate certificates behind it into the same file, or name your own CA with --ca'
      : 'get one of a public CA, or name your own CA with --ca',
  );
}

/** None where the file cannot be read: then nobody is trusted by it. */
async function readCertificates(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
}

/** Whether these CAs alone vouch for the chain, whatever the time is. */
async function isTrustedBy(target: Reached, ca: string[]): Promise<boolean> {
  if (ca.length === 0) return false;
  const outcome = await shakeHands(target, { ca });
  if (outcome.kind !== 'made') return false;
  if (outcome.trustError === undefined) return true;
  // OpenSSL tells the last fault that it met, so that a date may hide that nobody known has signed.
  return ABOUT_TIME.has(outcome.trustError) && leadsTo(outcome.certificate, ca);
}

function leadsTo(certificate: DetailedPeerCertificate, ca: readonly string[]): boolean {
  const chain: X509Certificate[] = [];
  for (let at = certificate; at?.raw && chain.length < 10; at = at.issuerCertificate) {
    chain.push(new X509Certificate(at.raw));
    if (at.issuerCertificate === at) break;
  }
  const hold = chain.every((one, index) => index === 0 || isSignedBy(chain[index - 1], one));
  const last = chain.at(-1);
  return (
    hold && ca.map((pem) => new X509Certificate(pem)).some((one) => one.fingerprint256 === last?.fingerprint256 || isSignedBy(last, one))
  );
}

function isSignedBy(certificate: X509Certificate | undefined, issuer: X509Certificate): boolean {
  return certificate !== undefined && issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function judgeName({ host }: Reached, certificate: DetailedPeerCertificate, section: Section): void {
  const names = (certificate.subjectaltname ?? 'none').split(', ');
  const error = checkServerIdentity(host, certificate);
  if (error === undefined) section.ok('names', `${host} is among ${names.length === 1 ? 'its one name' : `its ${names.length} names`}`);
  else section.fail('names', `${host} is not among them (${names.slice(0, 8).join(', ')})`, 'get a certificate for this name');
}

/** A long-lived certificate is to be renewed three weeks ahead, a short-lived one when a third of its life is left. */
export function judgeDates(certificate: Pick<DetailedPeerCertificate, 'valid_from' | 'valid_to'>, nowMs: number, section: Section): void {
  const [fromMs, toMs] = [Date.parse(certificate.valid_from), Date.parse(certificate.valid_to)];
  const [lifeMs, leftMs] = [toMs - fromMs, toMs - nowMs];
  const day = new Date(toMs).toISOString().slice(0, 10);
  const left = leftMs >= 2 * DAY_MS ? `${Math.floor(leftMs / DAY_MS)} days` : `${Math.floor(leftMs / 3_600_000)} hours`;
  if (leftMs <= 0) section.fail('dates', `it was good until ${day}`, 'renew it now: nobody gets in');
  else if (fromMs > nowMs)
    section.fail('dates', `it is good from ${new Date(fromMs).toISOString()} only`, 'look at the clocks of the server and of this machine');
  else if (leftMs < (lifeMs > LONG_LIFE_MS ? WARN_BEFORE_MS : lifeMs / 3))
    section.warn('dates', `good until ${day}, ${left} from now`, 'why has it not been renewed?');
  else section.ok('dates', `good until ${day}, ${left} from now`);
}

function judgeKey(certificate: DetailedPeerCertificate, section: Section): void {
  const { publicKey } = new X509Certificate(certificate.raw);
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  const text = modulusLength === undefined ? (namedCurve ?? publicKey.asymmetricKeyType ?? 'unknown') : `RSA of ${modulusLength} bits`;
  if (modulusLength !== undefined && modulusLength < 2_048) section.fail('key', text, 'make one of 2,048 bits or more, or on P-256');
  else section.ok('key', text);
}
