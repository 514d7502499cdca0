import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildRedirect } from './redirect.ts';

const challenges = new Map<string, string>();
const server = buildRedirect('https://meet.example:8443', challenges);
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());

async function raw(head: string): Promise<string> {
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const socket = connect(port, '127.0.0.1');
  socket.end(`${head}\r\n\r\n`);
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  await once(socket, 'close');
  return text;
}
const locationOf = (reply: string) => /^location: (.*)\r$/im.exec(reply)?.[1];

describe('[T2] the plain port', () => {
  test.each(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND'])('%s is sent to HTTPS', async (method) => {
    const reply = await raw(`${method} /room/x?token=a HTTP/1.1\r\nHost: meet.example\r\nContent-Length: 0`);
    expect(reply).toMatch(/^HTTP\/1\.1 308 /);
    expect(locationOf(reply)).toBe('https://meet.example:8443/room/x?token=a');
    expect(reply.split('\r\n\r\n')[1]).toBe('');
  });

  test.each([
    ["a team's host is kept", '/x', 'Team-2.meet.example:8080', 'https://team-2.meet.example:8443/x'],
    ['another host leads to ours', '/x', 'evil.example', 'https://meet.example:8443/x'],
    ['a host that ends like ours leads to ours', '/x', 'evilmeet.example', 'https://meet.example:8443/x'],
    ['two labels lead to ours', '/x', 'a.b.meet.example', 'https://meet.example:8443/x'],
    ['two slashes do not lead elsewhere', '//evil.example/x', 'meet.example', 'https://meet.example:8443/evil.example/x'],
    ['an absolute URL does not lead elsewhere', 'http://evil.example/x', 'meet.example', 'https://meet.example:8443/x'],
  ])('%s', async (_title, path, host, expected) => {
    expect(locationOf(await raw(`GET ${path} HTTP/1.1\r\nHost: ${host}`))).toBe(expected);
  });

  test.each([
    ['HTTP/0.9', 'GET /room/x', '/room/x'],
    ['HTTP/1.0 without a Host', 'GET /x HTTP/1.0', '/x'],
    ['HTTP/1.1 without a Host', 'GET /x HTTP/1.1', '/x'],
    ['two Hosts', 'GET /x HTTP/1.1\r\nHost: meet.example\r\nHost: evil.example', '/x'],
    ['absolute-form', 'GET http://meet.example/x?y=1 HTTP/1.1\r\nHost: meet.example', '/x?y=1'],
    ['absolute-form of another host', 'GET http://evil.example/x HTTP/1.1\r\nHost: evil.example', '/x'],
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443', '/'],
    ['CONNECT to us', 'CONNECT meet.example:80 HTTP/1.1\r\nHost: meet.example', '/'],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: meet.example', '/'],
    ['a method that nobody knows', 'BREW /pot HTTP/1.1\r\nHost: meet.example', '/pot'],
    ['an upgrade to WebSocket', 'GET /signal HTTP/1.1\r\nHost: meet.example\r\nConnection: Upgrade\r\nUpgrade: websocket', '/signal'],
    ['an upgrade to HTTP/2', 'PRI * HTTP/2.0', '/'],
    ['Expect: 100-continue', 'POST /x HTTP/1.1\r\nHost: meet.example\r\nExpect: 100-continue\r\nContent-Length: 3', '/x'],
    ['another expectation', 'POST /x HTTP/1.1\r\nHost: meet.example\r\nExpect: coffee\r\nContent-Length: 0', '/x'],
    ['headers that are too long', `GET /x HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, '/x'],
    ['a header that is none', 'GET /x HTTP/1.1\r\nno colon here', '/x'],
    ['two lengths', 'POST /x HTTP/1.1\r\nHost: meet.example\r\nContent-Length: 1\r\nTransfer-Encoding: chunked', '/x'],
    ['line breaks in the path', 'GET /x%0d%0aSet-Cookie:a=b HTTP/1.1\r\nHost: meet.example', '/x%0d%0aSet-Cookie:a=b'],
    ['a Host that is an attack', 'GET /x HTTP/1.1\r\nHost: evil.example/.meet.example', '/x'],
    ['a Host with a user', 'GET /x HTTP/1.1\r\nHost: meet.example@evil.example', '/x'],
    [
      'an ACME challenge that is not open',
      'GET /.well-known/acme-challenge/abc HTTP/1.1\r\nHost: meet.example',
      '/.well-known/acme-challenge/abc',
    ],
    ['a TLS handshake', '\x16\x03\x01', '/'],
    ['STUN', '\x00\x01\x00\x00\x21\x12\xa4\x42', '/'],
  ])('%s is sent to HTTPS, and nothing else is said', async (_title, head, path) => {
    const reply = await raw(head);
    expect(reply).toMatch(/^HTTP\/1\.1 308 /);
    expect(locationOf(reply)).toBe(`https://meet.example:8443${path}`);
    // One reply, without a body.
    expect(reply.split('\r\n\r\n').slice(1)).toEqual(['']);
  });

  test.each(['GET', 'HEAD'])('%s of an open ACME challenge is answered, by its path alone', async (method) => {
    challenges.set('to_ken-1', 'to_ken-1.thumb');
    const reply = await raw(`${method} /.well-known/acme-challenge/to_ken-1 HTTP/1.1\r\nHost: meet.example`);
    expect(reply).toMatch(/^HTTP\/1\.1 200 /);
    expect(reply.split('\r\n\r\n')[1]).toMatch(method === 'GET' ? /to_ken-1\.thumb/ : /^$/);
    for (const line of ['POST /.well-known/acme-challenge/to_ken-1', 'GET /.well-known/acme-challenge/to_ken-1/', 'GET /to_ken-1'])
      expect(await raw(`${line} HTTP/1.1\r\nHost: meet.example`)).toMatch(/^HTTP\/1\.1 308 /);
  });

  test('who sends a header a byte at a time is cut off, and one address holds no more than its share', async () => {
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const held = Array.from({ length: 60 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    const drip = held[0];
    drip?.write('GET / HTTP/1.1\r\n');
    const dripping = setInterval(() => drip?.write('X: y\r\n'), 200);
    await expect.poll(() => held.filter((socket) => socket.destroyed).length).toBeGreaterThanOrEqual(10);
    const startMs = Date.now();
    await once(drip ?? server, 'close');
    clearInterval(dripping);
    expect(Date.now() - startMs).toBeLessThan(10_000);
    for (const socket of held) socket.destroy();
  }, 15_000);
});
