import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildHttpsServer } from '../https-server.ts';
import { internalHostName, loadInternalIdentity } from '../internal-identity.ts';
import { createLog } from '../log.ts';
import { createManualTime } from '../testing/manual-time.ts';
import { systemTimers, type Timers } from '../timers.ts';
import type { TlsIdentity } from '../tls-options.ts';
import { FRONT_ALPN, openFront } from './front.ts';
import type { FrontLimits } from './limits.ts';
import { trustedProxies } from './trusted-proxies.ts';
import type { TurnPolicy } from './turn-guard.ts';

const log = createLog({ logLevel: 'silent' }, 'test');
const servername = internalHostName('server');
const dataDir = mkdtempSync(join(tmpdir(), 'conclave-front-'));
let tls: TlsIdentity;
beforeAll(async () => void (tls = await loadInternalIdentity(dataDir, 'server')));
afterAll(() => rmSync(dataDir, { recursive: true }));

let running = new AsyncDisposableStack();
afterEach(async () => {
  await running.disposeAsync();
  running = new AsyncDisposableStack();
});

const ANYWHERE: TurnPolicy = { admit: () => ({ reaches: () => true, ended: () => undefined }) };

interface Setting {
  trusted?: string[];
  proxyProtocol?: boolean;
  turnPort?: number;
  policy?: Partial<TurnPolicy>;
  limits?: Partial<FrontLimits>;
  timers?: Timers;
}

/** A front on a port of loopback that answers each request with what it knows of it. */
async function startFront({ trusted = [], limits = {}, turnPort, policy, timers = systemTimers, ...rest }: Setting = {}): Promise<number> {
  const app = buildHttpsServer({ log, tls, alpn: FRONT_ALPN, trustedProxies: trusted });
  running.defer(() => app.close());
  app.get('/who', async ({ ip, headers, raw }) => ({ ip, host: headers.host, version: raw.httpVersion }));
  app.post('/echo', async ({ body }) => body);
  running.use(
    openFront(app.server, {
      log,
      timers,
      trusted: trustedProxies(trusted),
      limits,
      ...rest,
      ...(turnPort !== undefined && { turn: { port: turnPort, policy: { ...ANYWHERE, ...policy } } }),
    }),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port; // it listens on TCP
}

/** Stands in for coturn: keeps what arrives and sends it back, without the first `28` bytes, which are the PROXY header for IPv4. */
async function startEcho() {
  const streams: { received: Buffer; socket: Socket }[] = [];
  const server = createServer((socket) => {
    const stream = { received: Buffer.alloc(0), socket };
    streams.push(stream);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      const before = stream.received.length;
      stream.received = Buffer.concat([stream.received, chunk]);
      socket.write(stream.received.subarray(Math.max(28, before)));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  running.defer(() => {
    for (const { socket } of streams) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, streams }; // it listens on TCP
}

async function shakeHands(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port, ca: tls.ca, servername, ...options });
  running.defer(() => void socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

const request = (path: string, ...headers: string[]) => [`GET ${path} HTTP/1.1`, 'Host: meet.test', ...headers, '', ''].join('\r\n');

async function get(port: number, headers: string[] = [], options: ConnectionOptions = {}): Promise<Record<string, unknown>> {
  const socket = await shakeHands(port, options);
  socket.write(request('/who', 'Connection: close', ...headers));
  return JSON.parse((await text(socket)).split('\r\n\r\n')[1] ?? '') as Record<string, unknown>; // the route answers an object
}

async function get2(port: number, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: tls.ca ?? '', servername });
  running.defer(() => session.destroy());
  const reply = await text(session.request({ ':path': '/who', ':authority': 'meet.test', ...headers }));
  return JSON.parse(reply) as Record<string, unknown>; // the route answers an object
}

const STUN = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');

describe('[T1] one port', () => {
  test('HTTP/1.1 with and without ALPN, and HTTP/2, reach the same routes and know the client', async () => {
    const port = await startFront();
    const ip = '127.0.0.1';
    expect(await get(port)).toEqual({ ip, host: 'meet.test', version: '1.1' });
    expect(await get(port, [], { ALPNProtocols: ['http/1.1'] })).toEqual({ ip, host: 'meet.test', version: '1.1' });
    expect(await get2(port)).toEqual({ ip, host: 'meet.test', version: '2.0' });
  });

  test('a Host beside :authority does not count', async () => {
    expect(await get2(await startFront(), { host: 'evil.test' })).toMatchObject({ host: 'meet.test' });
  });

  test('a request in pieces of one byte, and two at once, are answered', async () => {
    const port = await startFront();
    const slow = await shakeHands(port);
    for (const char of request('/who', 'Connection: close')) {
      slow.write(char);
      await new Promise(setImmediate);
    }
    expect(await text(slow)).toMatch(/^HTTP\/1\.1 200 /);
    const two = await shakeHands(port);
    two.write(request('/who') + request('/who', 'Connection: close'));
    expect((await text(two)).match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
  });

  test('a body over HTTP/2 arrives, and one that never ends is cut off', async () => {
    const port = await startFront({ limits: { requestTimeoutMs: 300 } });
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: tls.ca ?? '', servername });
    running.defer(() => session.destroy());
    const head = { ':path': '/echo', ':method': 'POST', 'content-type': 'application/json' };
    const whole = session.request(head);
    whole.end('{"a":1}');
    expect(await text(whole)).toBe('{"a":1}');
    const half = session.request(head);
    half.on('error', () => undefined).write('{"a":');
    await once(half, 'close');
    expect(half.rstCode).not.toBe(0);
  });

  test.each(['GET / HTTP/1.1\r\nHost: meet.test\r\n\r\n', STUN, 'SSH-2.0-x\r\n'])('in clear it answers nothing (%#)', async (bytes) => {
    const socket = connectTcp(await startFront(), '127.0.0.1');
    socket.on('error', () => undefined).write(bytes);
    // At most a TLS alert: content type 21, version 3.x.
    expect(
      Buffer.from(await text(socket), 'latin1')
        .subarray(0, 2)
        .toString('hex'),
    ).toMatch(/^(1503)?$/);
  });
});

describe('[T7] TURN on the same port', () => {
  test('goes to the TURN server with a PROXY header of the real client, both ways and in order', async () => {
    const { port: turnPort, streams } = await startEcho();
    const socket = await shakeHands(await startFront({ turnPort }));
    const { localPort, remotePort } = socket;
    socket.write(STUN);
    const flood = Buffer.alloc(1_000_000, 0x40);
    socket.write(flood);
    let echoed = 0;
    for await (const chunk of socket) {
      echoed += (chunk as Buffer).length; // no encoding is set
      if (echoed === STUN.length + flood.length) break;
    }
    const [stream] = streams;
    const [header, rest] = [stream?.received.subarray(0, 28), stream?.received.subarray(28)];
    expect(header?.subarray(0, 16).toString('hex')).toBe('0d0a0d0a000d0a515549540a2111000c');
    expect([...(header?.subarray(16, 24) ?? [])]).toEqual([127, 0, 0, 1, 127, 0, 0, 1]);
    expect(header?.readUInt16BE(24)).toBe(localPort);
    expect(header?.readUInt16BE(26)).toBe(remotePort);
    expect(rest?.equals(Buffer.concat([STUN, flood]))).toBe(true);
  });

  test('when one side ends, the other does', async () => {
    const { port: turnPort, streams } = await startEcho();
    const port = await startFront({ turnPort });
    const [first, second] = [await shakeHands(port), await shakeHands(port)];
    for (const socket of [first, second]) {
      socket.write(STUN);
      await once(socket, 'data');
    }
    first.destroy();
    await once(streams[0]?.socket ?? first, 'close');
    streams[1]?.socket.destroy();
    await once(second, 'close');
    expect([first.destroyed, second.destroyed]).toEqual([true, true]);
  });

  test.each([
    ['none is configured', undefined],
    ['it is down', 9],
  ])('is ended where %s, and HTTP goes on', async (_title, turnPort) => {
    const port = await startFront(turnPort === undefined ? {} : { turnPort });
    const socket = await shakeHands(port);
    socket.write(STUN);
    await once(socket, 'close');
    expect(await get(port)).toMatchObject({ version: '1.1' });
  });

  test.each([0x40, 0x04, 0x16, 0xff])('a stream that begins with %i is none', async (byte) => {
    const { port: turnPort, streams } = await startEcho();
    const socket = await shakeHands(await startFront({ turnPort }));
    socket.write(Buffer.from([byte, 0, 0, 0]));
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
    expect(streams).toHaveLength(0);
  });
});

describe('[H1] who holds connections open', () => {
  test('without a byte is cut off', async () => {
    const port = await startFront({ limits: { firstByteTimeoutMs: 100 } });
    const socket = await shakeHands(port);
    await once(socket, 'close');
    expect(socket.bytesRead).toBe(0);
  });

  test('cannot hold more than its share, and gets it back', async () => {
    const port = await startFront({ limits: { connectionsPerAddress: 3 } });
    const held = [await shakeHands(port), await shakeHands(port), await shakeHands(port)];
    await expect(get(port)).rejects.toThrow();
    held[0]?.destroy();
    await expect.poll(() => get(port).catch(() => undefined)).toBeDefined();
  });

  test('of undecided ones even less', async () => {
    const port = await startFront({ limits: { undecidedPerAddress: 2 } });
    const [first] = [await shakeHands(port), await shakeHands(port)];
    await expect(get(port)).rejects.toThrow();
    first.write(request('/who'));
    await once(first, 'data');
    expect(await get(port)).toBeDefined();
  });

  test('of TURN streams too', async () => {
    const { port: turnPort, streams } = await startEcho();
    const port = await startFront({ turnPort, limits: { turnStreamsPerAddress: 1 } });
    const [first, second] = [await shakeHands(port), await shakeHands(port)];
    first.write(STUN);
    await once(first, 'data');
    second.write(STUN);
    await once(second, 'close');
    expect([first.destroyed, streams.length]).toEqual([false, 1]);
  });
});

describe('[H1] behind proxies', () => {
  const forwarded = 'evil, 203.0.113.9, 198.51.100.7, 127.0.0.8';

  test.each([
    ['nobody is trusted', [], '127.0.0.1'],
    ['another is trusted', ['192.0.2.1'], '127.0.0.1'],
    ['the proxy is trusted', ['127.0.0.1'], '127.0.0.8'],
    ['two proxies are', ['127.0.0.0/8'], '198.51.100.7'],
    ['and a CDN before them', ['127.0.0.0/8', '198.51.100.0/24'], '203.0.113.9'],
    ['all that are named, down to what is no address', ['127.0.0.0/8', '198.51.100.0/24', '203.0.113.9'], '203.0.113.9'],
  ])('%s', async (_title, trusted, ip) => {
    const port = await startFront({ trusted });
    expect(await get(port, [`X-Forwarded-For: ${forwarded}`])).toMatchObject({ ip });
    expect(await get2(port, { 'x-forwarded-for': forwarded })).toMatchObject({ ip });
  });

  const v2 = (hex: string) => Buffer.from(`0d0a0d0a000d0a515549540a${hex}`, 'hex');
  test.each([
    ['version 2, IPv4', v2('2111000ccb0071097f000001c00001bb'), '203.0.113.9'],
    ['version 2, IPv6, with a TLV', v2(`2121002a20010db8${'0'.repeat(23)}7${'0'.repeat(32)}c00001bb040003616263`), '2001:db8::7'],
    ['version 2, LOCAL', v2('20000000'), '127.0.0.1'],
    ['version 1', Buffer.from('PROXY TCP4 203.0.113.9 127.0.0.1 49152 443\r\n'), '203.0.113.9'],
    ['version 1, UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n'), '127.0.0.1'],
  ])('a PROXY header says whose the connection is: %s', async (_title, header, ip) => {
    const { port: turnPort, streams } = await startEcho();
    const port = await startFront({ trusted: ['127.0.0.1'], proxyProtocol: true, turnPort });
    const open = async () => {
      const raw = connectTcp(port, '127.0.0.1');
      raw.write(header);
      return shakeHands(port, { socket: raw });
    };
    const http = await open();
    http.write(request('/who', 'Connection: close'));
    expect(await text(http)).toContain(`"ip":"${ip}"`);
    const turn = await open();
    turn.write(STUN);
    await expect.poll(() => streams[0]?.received.length).toBeGreaterThan(STUN.length);
    // Family, then the source: both ends are IPv6 as soon as one is.
    const source = ip.includes(':')
      ? /^0d0a0d0a000d0a515549540a2121002420010db80{23}7/
      : new RegExp(`^.{32}${Buffer.from(ip.split('.').map(Number)).toString('hex')}`);
    expect(streams[0]?.received.toString('hex')).toMatch(source);
  });

  test.each([
    ['none', Buffer.alloc(0)],
    ['a broken one', Buffer.from('PROXY TCP4 a b c d\r\n')],
    ['one without an end', Buffer.from(`PROXY TCP4 ${'1'.repeat(200)}`)],
    ['one of the future', v2('3111000c000000000000000000000000')],
    ['one that is too short', v2('21110004cb007109')],
  ])('a trusted balancer with %s is refused', async (_title, header) => {
    const port = await startFront({ trusted: ['127.0.0.1'], proxyProtocol: true, limits: { proxyHeaderTimeoutMs: 200 } });
    const raw = connectTcp(port, '127.0.0.1').on('error', () => undefined);
    if (header.length > 0) raw.write(header);
    await expect(shakeHands(port, { socket: raw })).rejects.toThrow();
  });

  test('who is not trusted cannot send one', async () => {
    const port = await startFront({ trusted: ['192.0.2.1'], proxyProtocol: true });
    const raw = connectTcp(port, '127.0.0.1');
    raw.write('PROXY TCP4 203.0.113.9 127.0.0.1 49152 443\r\n');
    await expect(shakeHands(port, { socket: raw })).rejects.toThrow();
    expect(await get(port)).toMatchObject({ ip: '127.0.0.1' });
  });
});

describe('[T8] session tickets', () => {
  test('bring a client back for some hours and not longer: their keys are made anew', async () => {
    const time = createManualTime();
    const port = await startFront({ timers: time });
    const once12 = async (session?: Buffer) => {
      const socket = await shakeHands(port, { maxVersion: 'TLSv1.2', ...(session && { session }) });
      return { isReused: socket.isSessionReused(), session: socket.getSession() };
    };
    const { session } = await once12();
    expect((await once12(session)).isReused).toBe(true);
    time.advance(6 * 3_600_000);
    expect((await once12(session)).isReused).toBe(false);
    const later = await once12();
    time.advance(6 * 3_600_000);
    expect((await once12(later.session)).isReused).toBe(false);
  });
});
