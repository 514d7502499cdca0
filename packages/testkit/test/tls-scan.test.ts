import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { stunMessage } from '@conclave/runtime/turn/stun-message';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COTURN_IS_INSTALLED, startCoturn } from '../src/coturn.ts';
import { startFrontSite, type FrontSite } from '../src/front-site.ts';

const TESTSSL = '/usr/bin/testssl';
/** Protocols, ciphers, forward secrecy, server preference, server defaults, headers, known attacks. */
const SECTIONS = ['-p', '-s', '-f', '-P', '-S', '-h', '-U'];

/** What a certificate of a public CA would have; one of a CA of ours is not trusted by the scanner and names no list of revoked ones. */
const OF_THE_OWN_CA = new Set(['cert_chain_of_trust', 'cert_trust', 'cert_revocation']);

const stack = new AsyncDisposableStack();
let site: FrontSite;
beforeAll(async () => {
  const coturn = COTURN_IS_INSTALLED ? stack.use(await startCoturn(['--lt-cred-mech', '--user=tester:secret'])) : undefined;
  site = stack.use(await startFrontSite(coturn && { turnPort: coturn.port }));
});
afterAll(() => stack.disposeAsync());

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

async function scan(): Promise<Finding[]> {
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'conclave-scan-')), (path) => rm(path, { recursive: true }));
  const file = join(folder, 'findings.json');
  const args = [
    '--quiet',
    '--color',
    '0',
    '--warnings',
    'batch',
    '--fast',
    '--ip',
    '127.0.0.1',
    '--nodns',
    'none',
    '--add-ca',
    site.caFile,
  ];
  // It exits with the number of its findings.
  await new Promise((resolve) =>
    execFile(TESTSSL, [...args, '--jsonfile', file, ...SECTIONS, `https://${site.host}:${site.port}/`], resolve),
  );
  return JSON.parse(await readFile(file, 'utf8')) as Finding[]; // testssl.sh's flat JSON
}

/** RFC 8489 §18.2 */
const BINDING = 0x0001;
const BINDING_ANSWERED = 0x0101;

const target = () => ({ host: '127.0.0.1', port: site.port, servername: site.host, ca: site.ca });

async function shakeHands(options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ ...target(), ...options });
  await once(socket, 'secureConnect');
  socket.destroy();
  return socket;
}

describe('[T8] [T1] the TLS port', () => {
  test.skipIf(!existsSync(TESTSSL))(
    'testssl.sh finds nothing of LOW or worse (skipped where the Debian package testssl.sh is not installed)',
    async () => {
      const findings = await scan();
      expect(findings.find(({ id }) => id === 'TLS1_3')?.finding).toMatch(/^offered/);
      expect(findings.find(({ id }) => id === 'HSTS_time')?.severity).toBe('OK');
      const bad = findings.filter(({ id, severity }) => /^(LOW|MEDIUM|HIGH|CRITICAL)$/.test(severity) && !OF_THE_OWN_CA.has(id));
      expect(bad.map(({ id, severity, finding }) => `${severity} ${id}: ${finding}`)).toEqual([]);
    },
    900_000,
  );

  test.skipIf(!COTURN_IS_INSTALLED).each(['TLSv1.2', 'TLSv1.3'] as const)(
    'what is scanned speaks TURN too, over %s (skipped where the Debian package coturn is not installed)',
    async (version) => {
      const socket = connect({ ...target(), minVersion: version, maxVersion: version });
      await once(socket, 'secureConnect');
      socket.write(stunMessage(BINDING, randomBytes(12), []));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      expect(answer.readUInt16BE(0)).toBe(BINDING_ANSWERED);
    },
  );

  test('the key exchange is hybrid with ML-KEM for who can, X25519 or a NIST curve for others, and nothing less', async () => {
    const groupOf = async (ecdhCurve: string) => {
      const socket = connect({ ...target(), ecdhCurve });
      await once(socket, 'secureConnect');
      const info = socket.getEphemeralKeyInfo() as { name?: string }; // there is a key exchange: TLS 1.3
      socket.destroy();
      return info.name;
    };
    expect(await groupOf('auto')).toBe('X25519MLKEM768');
    expect(await groupOf('X25519')).toBe('X25519');
    expect(await groupOf('P-256')).toBe('prime256v1');
    await expect(groupOf('P-521')).rejects.toThrow(/handshake failure/i);
  });

  // The handshake comes before the byte that tells TURN from HTTP, so that TURN has no other; a client of it offers no ALPN.
  test.each([
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['no forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256:AES256-GCM-SHA384' }],
    ['CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA' }],
    ['no encryption', { maxVersion: 'TLSv1.2', ciphers: 'eNULL:@SECLEVEL=0' }],
  ] as const)('%s is refused, without ALPN as by TURN and with it', async (_title, options) => {
    await expect(shakeHands(options)).rejects.toThrow();
    await expect(shakeHands({ ...options, ALPNProtocols: ['http/1.1'] })).rejects.toThrow();
  });
});
