import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createAuthority, createLeaf } from '@conclave/runtime/certificate-authority';
import { afterAll, expect, test } from 'vitest';
import { runDoctor } from './doctor-run.ts';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

/** The port that it listens on at loopback. */
async function listen(server: Server & { closeAllConnections?(): void }): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(async () => {
    server.closeAllConnections?.();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port; // it listens on TCP
}

const servePage: RequestListener = (_request, reply) => void reply.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>');

const openssl = (args: readonly string[], cwd: string) => promisify(execFile)('openssl', args, { cwd });

/** Self-signed, RSA, and over since 2020; only `openssl ca` lets the dates be told. */
async function expiredCertificate(): Promise<{ key: string; cert: string }> {
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'conclave-doctor-')), (path) => rm(path, { recursive: true }));
  const settings = 'database=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=policy\ncopy_extensions=copy';
  await writeFile(join(folder, 'ca.conf'), `[ca]\ndefault_ca=own\n[own]\n${settings}\n[policy]\ncommonName=supplied\n`);
  await writeFile(join(folder, 'index'), '');
  await writeFile(join(folder, 'serial'), '01\n');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await openssl(['req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'request.pem', ...subject], folder);
  const dates = ['-startdate', '20200101000000Z', '-enddate', '20200401000000Z'];
  const files = ['-selfsign', '-config', 'ca.conf', '-keyfile', 'key.pem', '-in', 'request.pem', '-out', 'cert.pem'];
  await openssl(['ca', '-batch', '-notext', ...files, ...dates], folder);
  return { key: await readFile(join(folder, 'key.pem'), 'utf8'), cert: await readFile(join(folder, 'cert.pem'), 'utf8') };
}

test('plain HTTP at the port of pages is named, and the rest is not looked at', async () => {
  const port = await listen(createHttpServer(servePage));
  const { code, findings, of, stderr } = await runDoctor([`localhost:${port}`]);
  expect([code, stderr]).toEqual([1, '']);
  expect(of('certificate', 'TLS')).toMatch(/^fail there is none/);
  expect(of('plain HTTP', 'HTTP without TLS')).toBe('fail is answered in clear: HTTP/1.1 200 OK');
  expect(findings.map(({ group }) => group)).not.toContain('headers');
});

test('an expired certificate that nobody has signed, old TLS with weak ciphers, and missing headers are each named', async () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.2', ciphers: 'ALL:@SECLEVEL=0' } as const;
  const port = await listen(createHttpsServer({ ...(await expiredCertificate()), ...old }, servePage));
  const { code, of } = await runDoctor([`localhost:${port}`]);
  expect(code).toBe(1);
  expect(of('certificate', 'chain')).toBe('fail not trusted (CERT_HAS_EXPIRED; signed by localhost)');
  expect(of('certificate', 'dates')).toBe('fail it was good until 2020-04-01');
  expect(of('certificate', 'names')).toMatch(/^ok/);
  expect(of('TLS', 'TLS 1.3')).toMatch(/^fail not taken/);
  expect(of('TLS', 'TLS 1.0')).toMatch(/^fail taken \(TLSv1,/);
  expect(of('TLS', 'TLS 1.1')).toMatch(/^fail taken \(TLSv1.1,/);
  expect(of('TLS', 'CBC ciphers')).toMatch(/^fail taken \(TLSv1.2, ECDHE-RSA-AES/);
  expect(of('TLS', 'RSA key exchange')).toMatch(/^fail taken \(TLSv1.2, AES/);
  expect(of('TLS', 'no encryption')).toMatch(/^(ok|fail)/);
  expect(of('TLS', 'key exchange')).toMatch(/^warn/);
  expect(of('headers', 'content-security-policy')).toBe('fail missing');
  expect(of('headers', 'x-content-type-options')).toBe('fail missing');
  expect(of('service', 'health')).toBe('fail /healthz answered with 200 and not as Conclave does');
});

test('a certificate of a CA of ones own is judged by --ca, and one of another name is named', async () => {
  const nowMs = Date.now();
  const authority = await createAuthority({ commonName: 'Own', days: 90, nowMs });
  const leaf = await createLeaf({ authority, commonName: 'x', names: ['other.example'], usages: ['server'], days: 60, nowMs });
  const port = await listen(createHttpsServer(leaf, servePage));
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'conclave-doctor-')), (path) => rm(path, { recursive: true }));
  const file = join(folder, 'ca.pem');
  await writeFile(file, '');
  expect((await runDoctor([`localhost:${port}`, '--ca', file])).of('certificate', 'chain')).toMatch(/^fail/);
  await writeFile(file, authority.cert);
  const { of } = await runDoctor([`localhost:${port}`, '--ca', file]);
  expect(of('certificate', 'chain')).toMatch(/^warn the CA of --ca .* has signed it \(Own\)$/);
  expect(of('certificate', 'names')).toBe('fail localhost is not among them (DNS:other.example)');
  expect((await runDoctor([`localhost:${port}`, '--ca', join(folder, 'none.pem')])).of('certificate', 'chain')).toMatch(/^fail/);
});

test('an expired certificate is told apart from one that nobody known has signed', async () => {
  const longAgoMs = Date.now() - 60 * 86_400_000;
  const authority = await createAuthority({ commonName: 'Own', days: 90, nowMs: longAgoMs });
  const stranger = await createAuthority({ commonName: 'Own', days: 90, nowMs: longAgoMs });
  const leaf = await createLeaf({ authority, commonName: 'x', names: ['localhost'], usages: ['server'], days: 30, nowMs: longAgoMs });
  const port = await listen(createHttpsServer(leaf, servePage));
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'conclave-doctor-')), (path) => rm(path, { recursive: true }));
  const file = join(folder, 'ca.pem');
  await writeFile(file, `${stranger.cert}\n${authority.cert}`);
  const { of } = await runDoctor([`localhost:${port}`, '--ca', file]);
  expect([of('certificate', 'chain'), of('certificate', 'dates')]).toEqual([
    expect.stringMatching(/^warn the CA of --ca/),
    expect.stringMatching(/^fail it was good until/),
  ]);
  await writeFile(file, stranger.cert);
  expect((await runDoctor([`localhost:${port}`, '--ca', file])).of('certificate', 'chain')).toMatch(/^fail not trusted/);
});

test('a port 80 that serves a page, leads elsewhere or is closed is named', async () => {
  const pages = await listen(createTcpServer((socket) => socket.destroy()));
  const page = await listen(createHttpServer(servePage));
  const serving = await runDoctor([`localhost:${pages}`, '--http', String(page)]);
  for (const way of ['GET', 'HEAD', 'POST', 'an absolute URL'])
    expect([way, serving.of('plain HTTP', way)]).toEqual([way, 'fail answered with 200 in clear']);
  expect(serving.of('plain HTTP', 'CONNECT')).toBe('warn no answer');
  const echo = await listen(
    createHttpServer((request, reply) => {
      const url = URL.parse(request.url ?? '', `http://${request.headers.host}`);
      reply.writeHead(301, { location: `https://${url?.hostname}${url?.pathname}` }).end();
    }),
  );
  const leading = await runDoctor([`localhost:${pages}`, '--http', String(echo)]);
  expect(leading.of('plain HTTP', 'GET')).toBe('ok 301 to https://localhost');
  expect(leading.of('plain HTTP', 'an absolute URL')).toBe('fail 301 to https://elsewhere.invalid/r/room');
  const closed = await runDoctor([`localhost:${pages}`, '--http', '1']);
  expect(closed.of('plain HTTP', 'port 1')).toMatch(/^warn refused/);
});

test('a server that says nothing at all ends in findings, not in waiting', async () => {
  const port = await listen(createTcpServer((socket) => stack.defer(() => void socket.destroy())));
  const { code, of, stderr } = await runDoctor([`localhost:${port}`]);
  expect([code, stderr]).toEqual([1, '']);
  expect(of('certificate', 'TLS')).toContain('no TLS in 5 s');
}, 60_000);

test('a port at which nothing listens, and a name that is none, are named', async () => {
  const { code, of } = await runDoctor(['localhost:1']);
  expect([code, of('host', 'port 1')]).toEqual([1, 'fail 127.0.0.1: refused: nothing listens there']);
  const nowhere = await runDoctor(['nowhere.invalid']);
  expect([nowhere.code, nowhere.findings.map(({ what, result }) => [what, result])]).toEqual([1, [['name', 'fail']]]);
});

test.each([[['a b']], [['localhost:99999']], [['localhost', '--http', '0']], [['localhost', 'more']], [['localhost', '--team', 'x']]])(
  '%j is not how it is called',
  async (args) => {
    const { code, stderr, findings } = await runDoctor(args);
    expect([code, findings.length]).toEqual([2, 0]);
    expect(stderr).toContain('conclave doctor [HOST[:PORT]]');
    expect(stderr).not.toContain('    at ');
  },
);

test('without HOST, faults of the configuration are findings', async () => {
  const { code, of } = await runDoctor([], { CONCLAVE_HTTPS_PORT: 'none' });
  expect([code, of('configuration', 'setting')]).toEqual([1, 'fail CONCLAVE_HTTPS_PORT: must be a whole number']);
});
