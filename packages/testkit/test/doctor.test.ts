import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reachableAddresses } from '@conclave/runtime/network-addresses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runDoctor } from '../../cli/test/doctor-run.ts';
import { COTURN_IS_INSTALLED } from '../src/coturn.ts';
import { startInstallation, type Installation } from '../src/installation.ts';
import { findMediaPorts, findTcpPort } from '../src/ports.ts';

const stack = new AsyncDisposableStack();
let env: Record<string, string>;
let installation: Installation;

beforeAll(async () => {
  const [own] = reachableAddresses();
  env = {
    CONCLAVE_ENV: 'test',
    CONCLAVE_HTTPS_PORT: String(await findTcpPort()),
    CONCLAVE_HTTP_PORT: String(await findTcpPort()),
    CONCLAVE_MEDIA_PORT: String(await findMediaPorts(4)),
    // Loopback is nowhere that a relay may send.
    CONCLAVE_ANNOUNCED_IP: ['127.0.0.1', ...(own === undefined ? [] : [own])].join(','),
    ...(COTURN_IS_INSTALLED && { CONCLAVE_TURNSERVER: '/usr/bin/turnserver' }),
  };
  installation = stack.use(await startInstallation({ env }));
  env['CONCLAVE_DATA_DIR'] = installation.dataDir;
});
afterAll(() => stack.disposeAsync());

describe('an installation that is as it should be', () => {
  test('has nothing that fails, seen from outside and from inside', async () => {
    const { code, findings, of, stderr } = await runDoctor([], env);
    expect(findings.filter(({ result }) => result === 'fail')).toEqual([]);
    expect([code, stderr]).toEqual([0, '']);
    expect(of('certificate', 'chain')).toMatch(/^warn the local CA of this installation has signed it/);
    for (const what of ['TLS 1.3', 'TLS 1.2', 'TLS 1.0', 'TLS 1.1', 'CBC ciphers', 'RSA key exchange', 'no encryption'])
      expect([what, of('TLS', what)]).toEqual([what, expect.stringMatching(/^ok/)]);
    expect(of('TLS', 'key exchange')).toMatch(/^ok X25519MLKEM768/);
    for (const what of ['HTTP without TLS', 'GET', 'HEAD', 'POST', 'an absolute URL', 'CONNECT'])
      expect([what, of('plain HTTP', what)]).toEqual([what, expect.stringMatching(/^ok/)]);
    for (const what of ['health', 'clock', 'signalling', 'foreign pages', 'media server API'])
      expect([what, of('service', what)]).toEqual([what, expect.stringMatching(/^ok/)]);
    expect(of('media', 'UDP')).toMatch(/^ok 127\.0\.0\.1 port \d+\/udp answered in \d+ ms.*which sees this machine as/);
    expect(of('media', 'TCP')).toMatch(/^ok 127\.0\.0\.1 port \d+\/tcp answered/);
    expect(of('this server', 'Conclave')).toBe(`ok runs as process ${installation.pid}`);
    expect(of('this server', `${env['CONCLAVE_MEDIA_PORT']}/udp`)).toMatch(/^ok mediasoup-worker/);
    expect(of('this server', 'database')).toMatch(/^ok PostgreSQL 18/);
    expect(of('this server', 'media worker')).toMatch(/^ok runs, and speaks mediasoup 3\./);
    expect(of('versions', 'mediasoup')).toMatch(/^ok/);
  });

  test.skipIf(!COTURN_IS_INSTALLED || reachableAddresses().length === 0)(
    'has a relay that is reached and leads nowhere with a credential for a check (skipped without the Debian package coturn, or where there is loopback alone)',
    async () => {
      const { of } = await runDoctor([], env);
      expect(of('relay', 'relay')).toMatch(/^ok turns:localhost:\d+\?transport=tcp gives an address$/);
      expect(of('relay', 'made-up credential')).toMatch(/^ok is refused/);
      expect(of('relay', 'where it leads')).toMatch(
        /^ok nowhere with a credential for a check: 127\.0\.0\.1, ::1,.* and the media node were asked for$/,
      );
      expect(of('this server', 'coturn')).toMatch(/^ok version \d.*, run by Conclave$/);
    },
  );

  test('is told what is wrong on its server, and shown no password', async () => {
    const wrong = {
      MEDIASOUP_WORKER_BIN: '/bin/false',
      DATABASE_URL: 'postgres://conclave:hidden@127.0.0.1:1/conclave',
      CONCLAVE_TURN_PROXY_PORT: '1',
      CONCLAVE_ANNOUNCED_IP: '10.99.99.99',
    };
    const { code, findings, of, stderr } = await runDoctor([], { ...env, ...wrong });
    expect([code, stderr]).toEqual([1, '']);
    expect(of('this server', 'media worker')).toMatch(/^fail does not run/);
    expect(of('this server', 'database')).toMatch(/^fail does not answer \(.*ECONNREFUSED/);
    expect(of('this server', 'coturn')).toMatch(/^fail 127\.0\.0\.1 port 1: refused/);
    expect(of('this server', 'CONCLAVE_ANNOUNCED_IP')).toMatch(/^fail 10\.99\.99\.99: a private address that this host does not have/);
    expect(JSON.stringify(findings)).not.toContain('hidden');
    // Of the parts that run nothing has changed.
    expect(of('service', 'health')).toMatch(/^ok/);
  });

  test('is looked at from outside alone by who names it and has another configuration', async () => {
    const ca = join(installation.dataDir, 'tls/ca.pem');
    expect(await readFile(ca, 'utf8')).toContain('BEGIN CERTIFICATE');
    const { host } = new URL(installation.origin);
    const { code, findings, of } = await runDoctor([host, '--ca', ca, '--http', env['CONCLAVE_HTTP_PORT'] ?? '']);
    expect([code, of('certificate', 'chain')]).toEqual([0, expect.stringMatching(/^warn the CA of --ca/)]);
    expect(of('plain HTTP', 'GET')).toMatch(/^ok 308/);
    expect(findings.map(({ group }) => group)).not.toContain('this server');
  });

  test('says that it is away once it has been stopped, from both sides', async () => {
    await installation.stop();
    const { code, of, stderr } = await runDoctor([], env);
    expect([code, stderr]).toEqual([1, '']);
    expect(of('host', `port ${env['CONCLAVE_HTTPS_PORT']}`)).toMatch(/^fail 127\.0\.0\.1: refused/);
    expect(of('this server', 'Conclave')).toBe('fail does not run on this machine');
    expect(of('this server', 'database')).toBe('fail the embedded PostgreSQL does not run');
    expect(of('this server', 'disk')).toMatch(/^(ok|warn)/);
    await rm(installation.dataDir, { recursive: true });
    expect((await runDoctor([], env)).of('this server', 'disk')).toMatch(/^fail .* cannot be looked at \(ENOENT\)$/);
  });
});
