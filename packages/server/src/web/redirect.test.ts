import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildRedirect } from './redirect.ts';

const server = buildRedirect('https://meet.example:8443');
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
    ['an absolute URL does not lead elsewhere', 'http://evil.example/x', 'meet.example', 'https://meet.example:8443/'],
  ])('%s', async (_title, path, host, expected) => {
    expect(locationOf(await raw(`GET ${path} HTTP/1.1\r\nHost: ${host}`))).toBe(expected);
  });

  test('what is not HTTP is closed', async () => {
    expect(await raw('\x16\x03\x01')).toMatch(/^(HTTP\/1\.1 400 |$)/);
  });
});
