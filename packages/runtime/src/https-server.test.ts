import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@conclave/protocol/errors';
import { Problem } from '@conclave/protocol/rest/problem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { buildHttpsServer, type HttpsServer } from './https-server.ts';
import { internalHostName, loadInternalIdentity, peerName } from './internal-identity.ts';
import { createLog } from './log.ts';

let dataDir: string;
let app: HttpsServer;
let port: number;
const lines: string[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'conclave-https-'));
  const log = createLog({ logLevel: 'debug' }, 'test', { pretty: false, destination: { write: (line) => void lines.push(line) } });
  app = buildHttpsServer({ log, tls: await loadInternalIdentity(dataDir, 'media'), askClientCertificate: true, bodyLimitBytes: 1000 });
  app.get('/peer', async (request) => ({ peer: peerName(request.raw.socket) ?? null }));
  app.get('/refused', async () => Promise.reject(new AppError('rate_limited', { details: { retryAfterMs: 1500 } })));
  app.get('/broken', async () => Promise.reject(new Error('hidden /path SELECT')));
  app.post('/parsed', async (request) => z.object({ name: z.string() }).parse(request.body));
  await app.listen({ port: 0, host: '127.0.0.1' });
  port = (app.server.address() as AddressInfo).port; // it listens on TCP
});
afterAll(async () => {
  await app.close();
  rmSync(dataDir, { recursive: true });
});

async function call(path: string, options: RequestOptions & { body?: string } = {}) {
  const { ca } = await loadInternalIdentity(dataDir, 'media');
  const { body, ...rest } = options;
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, ca, servername: internalHostName('media'), ...rest }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text }));
    });
    call.on('error', reject).end(body);
  });
}

describe('the HTTPS server', () => {
  test('an AppError becomes a problem with its status, code, request id and Retry-After', async () => {
    const { status, headers, text } = await call('/refused');
    expect(status).toBe(429);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(headers['retry-after']).toBe('2');
    expect(Problem.parse(JSON.parse(text))).toMatchObject({
      code: 'rate_limited',
      status: 429,
      requestId: headers['x-request-id'],
      error: 'rate-limit',
    });
  });

  test('an unknown error tells nothing but the request id, by which the log has the cause', async () => {
    const { status, text } = await call('/broken');
    expect(status).toBe(500);
    expect(text).not.toContain('hidden');
    const { requestId } = Problem.parse(JSON.parse(text));
    expect(lines.filter((line) => line.includes(requestId)).join('')).toContain('hidden /path SELECT');
  });

  test('a schema names the paths that failed, not the values', async () => {
    const { status, text } = await call('/parsed', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":4711}',
    });
    expect(status).toBe(400);
    expect(Problem.parse(JSON.parse(text))).toMatchObject({ code: 'bad_request', details: { paths: ['name'] } });
    expect(text).not.toContain('4711');
  });

  test.each([
    ['an unknown path', '/nowhere', {}, 'not_found'],
    ['a malformed URL', '/%zz', {}, 'bad_request'],
    ['broken JSON', '/parsed', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }, 'bad_request'],
    ['an unknown media type', '/parsed', { method: 'POST', headers: { 'content-type': 'text/odd' }, body: 'x' }, 'bad_request'],
    [
      'a body over the limit',
      '/parsed',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify('x'.repeat(2000)) },
      'too_large',
    ],
  ])('%s is a problem too', async (_title, path, options, code) => {
    expect(Problem.parse(JSON.parse((await call(path, options)).text)).code).toBe(code);
  });

  test('the other part is known by its internal certificate, and nobody without one', async () => {
    const { key, cert } = await loadInternalIdentity(dataDir, 'server');
    expect((await call('/peer', { key, cert })).text).toBe('{"peer":"server"}');
    expect((await call('/peer')).text).toBe('{"peer":null}');
  });

  test('TLS 1.3, and 1.2 only with forward secrecy and authenticated encryption', async () => {
    const handshake = (...options: string[]) =>
      new Promise<string>((resolve) => {
        const child = execFile('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-brief', ...options], (_error, stdout, stderr) =>
          resolve(stdout + stderr),
        );
        child.stdin?.end();
      });
    expect(await handshake('-tls1_3')).toContain('Protocol version: TLSv1.3');
    expect(await handshake('-tls1_2')).toContain('Protocol version: TLSv1.2');
    expect(await handshake('-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA256:AES128-GCM-SHA256')).not.toContain('Protocol version');
    expect(await handshake('-tls1_1', '-cipher', 'ALL:@SECLEVEL=0')).not.toContain('Protocol version');
  });
});
