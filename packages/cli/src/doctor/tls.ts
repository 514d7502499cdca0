import type { ConnectionOptions } from 'node:tls';
import { TLS12_CIPHERS } from '@conclave/runtime/tls-options';
import { sayInClear } from './dial.ts';
import type { Section } from './finding.ts';
import { shakeHands, type HandshakeOutcome } from './handshake.ts';
import type { Reached } from './target.ts';

const GOOD_CIPHERS = TLS12_CIPHERS.join(':');

interface Refused {
  readonly what: string;
  readonly why: string;
  readonly options: ConnectionOptions;
}

const upTo12 = (ciphers: string): ConnectionOptions => ({
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ciphers: `${ciphers}:@SECLEVEL=0`,
});

/** What nobody may get, and why. */
const REFUSED: readonly Refused[] = [
  { what: 'TLS 1.0', why: 'RFC 8996', options: { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } },
  { what: 'TLS 1.1', why: 'RFC 8996', options: { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } },
  {
    what: 'CBC ciphers',
    why: 'no authenticated encryption',
    options: upTo12(
      'ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA',
    ),
  },
  {
    what: 'RSA key exchange',
    why: 'no forward secrecy',
    options: upTo12('AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA'),
  },
  { what: 'no encryption', why: 'everybody on the way could read', options: upTo12('eNULL:aNULL') },
];

const RESTRICT = 'in what ends TLS in front of Conclave, allow TLS 1.3, and 1.2 with ECDHE and AES-GCM or ChaCha20 alone';

/** Which protocols and ciphers are taken and which are not, and whether anything is said in clear. */
export async function checkTls(target: Reached, section: Section): Promise<void> {
  const modern = await shakeHands(target, { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' });
  if (modern.kind === 'made') section.ok('TLS 1.3', modern.cipher);
  else section.fail('TLS 1.3', `not taken (${modern.reason})`, RESTRICT);
  const older = await shakeHands(target, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: GOOD_CIPHERS });
  if (older.kind === 'made') section.ok('TLS 1.2', older.cipher);
  else if (modern.kind === 'made') section.ok('TLS 1.2', 'not taken with good ciphers: browsers from 2020 on do without');
  else section.fail('TLS 1.2', `not taken with good ciphers (${older.reason})`, RESTRICT);
  for (const refused of REFUSED) judgeRefused(refused, await shakeHands(target, refused.options), section);
  await checkKeyExchange(target, section);
}

function judgeRefused({ what, why }: Refused, outcome: HandshakeOutcome, section: Section): void {
  switch (outcome.kind) {
    case 'made':
      return section.fail(what, `taken (${outcome.protocol}, ${outcome.cipher}): ${why}`, RESTRICT);
    case 'refused':
      return section.ok(what, 'refused');
    case 'silent':
      return section.warn(what, outcome.reason, 'look again: it was neither taken nor refused');
    case 'impossible':
      return section.ok(what, 'not asked for: the OpenSSL of this Node has it no more');
  }
}

async function checkKeyExchange(target: Reached, section: Section): Promise<void> {
  const outcome = await shakeHands(target, { minVersion: 'TLSv1.3', ecdhCurve: 'X25519MLKEM768:X25519:P-256' });
  if (outcome.kind === 'impossible') return section.ok('key exchange', 'the OpenSSL of this Node cannot ask for ML-KEM');
  if (outcome.kind !== 'made') return section.warn('key exchange', outcome.reason, 'TLS 1.3 with X25519MLKEM768 or X25519 is wanted');
  if (outcome.group === 'X25519MLKEM768')
    return section.ok('key exchange', 'X25519MLKEM768: what is recorded today stays closed to a quantum computer');
  section.warn('key exchange', `${outcome.group ?? 'unknown'}, not X25519MLKEM768`, 'let what ends TLS use OpenSSL 3.5 or newer');
}

/** Who speaks HTTP without TLS to the port of pages must hear nothing that is not TLS. */
export async function checkClear(target: Reached, section: Section): Promise<void> {
  const { host } = new URL(target.origin);
  const answer = await sayInClear(target.address, target.port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  const what = 'HTTP without TLS';
  if (answer === undefined) return section.warn(what, 'no connection', 'look again');
  // An alert is TLS (RFC 8446 §5.1): type 21, version 3.x.
  if (answer.length === 0 || (answer[0] === 21 && answer[1] === 3)) return section.ok(what, 'is not answered in clear');
  const [line = ''] = answer.toString('latin1').split(/[\r\n]/, 1);
  const text = `is answered in clear: ${line.slice(0, 60)}`;
  // Some proxies say by it that TLS is wanted, and serve nothing.
  if (/^HTTP\/1\.[01] 4\d\d/.test(line)) section.warn(what, text, 'Conclave itself says nothing but TLS there; the proxy in front does');
  else section.fail(what, text, 'let nothing but TLS be spoken at this port');
}
