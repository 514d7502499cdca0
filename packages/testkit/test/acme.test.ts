import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { acmeAccountKeyFile, acmeCertificateFile, startRenewal } from '@conclave/runtime/acme/renewal';
import { createLog } from '@conclave/runtime/log';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { buildRedirect } from '@conclave/server/web/redirect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CERTIFICATE_LIFE_S, startPebble, type Pebble } from '../src/pebble.ts';
import { startPlatform } from '../src/platform.ts';
import { findTcpPort } from '../src/ports.ts';

const stack = new AsyncDisposableStack();
let pebble: Pebble;
beforeAll(async () => void (pebble = stack.use(await startPebble(await findTcpPort()))));
afterAll(() => stack.disposeAsync());

/** A renewal with port 80 as the server opens it, in a data directory and a time of its own. */
async function startAlone(options: { directoryUrl?: string; names?: string[] } = {}) {
  const ends = new AsyncDisposableStack();
  const dataDir = ends.adopt(await mkdtemp(join(tmpdir(), 'conclave-acme-')), (path) => rm(path, { recursive: true }));
  const time = createManualTime();
  const lines: string[] = [];
  const log = createLog({ logLevel: 'info' }, 'test', { pretty: false, destination: { write: (line) => void lines.push(line) } });
  const { directoryUrl = pebble.directoryUrl, names = [] } = options;
  const config = { dataDir, host: 'meet.test', acme: { directoryUrl, names, caFile: pebble.caFile, email: 'admin@meet.test' } };
  const renewal = ends.use(startRenewal({ config, log, clock: time, timers: time, random: () => 0 }));
  const redirect = buildRedirect('https://meet.test', renewal.challenges);
  await once(redirect.listen(pebble.httpPort, '127.0.0.1'), 'listening');
  ends.defer(async () => void (await new Promise((resolve) => redirect.close(resolve))));
  const certificate = async () => new X509Certificate(await readFile(acmeCertificateFile(dataDir), 'utf8'));
  return { dataDir, time, lines, renewal, certificate, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

describe('[T1] a certificate from a real ACME server', () => {
  test('is ordered over port 80 for every name, and its keys are readable by nobody else', async () => {
    await using alone = await startAlone({ names: ['second.meet.test'] });
    alone.renewal.begin();
    await expect.poll(() => alone.certificate().catch(() => undefined), { timeout: 15_000 }).toBeDefined();
    const certificate = await alone.certificate();
    expect(certificate.subjectAltName?.split(', ').toSorted()).toEqual(['DNS:meet.test', 'DNS:second.meet.test']);
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    for (const file of [acmeCertificateFile, acmeAccountKeyFile]) {
      expect(((await stat(file(alone.dataDir))).mode & 0o777).toString(8)).toBe('600');
    }
    expect(((await stat(join(alone.dataDir, 'acme'))).mode & 0o777).toString(8)).toBe('700');
    // The challenge is closed again: port 80 redirects.
    expect(alone.renewal.challenges.size).toBe(0);
  });

  test('is renewed when a third of its life is left, with the same account', async () => {
    await using alone = await startAlone();
    alone.renewal.begin();
    await expect.poll(() => alone.certificate().catch(() => undefined), { timeout: 15_000 }).toBeDefined();
    const first = await alone.certificate();
    const account = await readFile(acmeAccountKeyFile(alone.dataDir), 'utf8');
    const waitForCheck = (count: number) =>
      expect.poll(() => alone.lines.filter((line) => line.includes('gave a certificate')).length, { timeout: 15_000 }).toBe(count);
    await waitForCheck(1);
    alone.time.advance((CERTIFICATE_LIFE_S * 1000 * 2) / 3 - 2 * 3_600_000);
    await new Promise(setImmediate);
    expect((await alone.certificate()).serialNumber).toBe(first.serialNumber);
    await expect
      .poll(
        () => {
          alone.time.advance(3_600_000);
          return alone.lines.filter((line) => line.includes('gave a certificate')).length;
        },
        { timeout: 15_000 },
      )
      .toBe(2);
    expect((await alone.certificate()).serialNumber).not.toBe(first.serialNumber);
    expect(await readFile(acmeAccountKeyFile(alone.dataDir), 'utf8')).toBe(account);
  });

  test('an ACME server that is away is asked again with growing pauses', async () => {
    await using alone = await startAlone({ directoryUrl: `https://localhost:${await findTcpPort()}/dir` });
    const failures = () => alone.lines.filter((line) => line.includes('no certificate from the ACME server')).length;
    alone.renewal.begin();
    await expect.poll(failures, { timeout: 20_000 }).toBe(1);
    alone.time.advance(59_000);
    await new Promise(setImmediate);
    expect(failures()).toBe(1);
    alone.time.advance(1_000);
    await expect.poll(failures, { timeout: 20_000 }).toBe(2);
  }, 60_000);

  test('is served as soon as it is there', async () => {
    await using platform = await startPlatform({
      env: {
        CONCLAVE_HOST: 'meet.test',
        CONCLAVE_ACME_URL: pebble.directoryUrl,
        CONCLAVE_ACME_TERMS_AGREED: 'true',
        CONCLAVE_ACME_CA: pebble.caFile,
        CONCLAVE_HTTP_PORT: String(pebble.httpPort),
      },
    });
    const issuer = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: platform.config.httpsPort, servername: 'meet.test', ca: pebble.root }, () => {
          resolve(String(socket.getPeerCertificate().issuer.CN));
          socket.destroy();
        });
        socket.once('error', reject);
      });
    // Verified under Pebble's root: without the certificate the handshake fails.
    await expect.poll(() => issuer().catch(() => ''), { timeout: 15_000 }).toMatch(/Pebble Intermediate/);
  });
});
