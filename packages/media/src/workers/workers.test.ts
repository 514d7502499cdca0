import { describe, expect, test } from 'vitest';
import { listenInfos, planBindings } from './listen.ts';
import { decidePlacement } from './placement.ts';

const LOCAL = ['127.0.0.1', '::1', '10.0.0.5', '10.0.0.6', '2001:db8::5'];

describe('placement', () => {
  const workers = [
    { index: 0, load: 40 },
    { index: 1, load: 10 },
    { index: 2, load: 10 },
  ];

  test.each<[string, number[], number, number]>([
    ['a new session begins on the least loaded worker', [], 100, 1],
    ['a session stays together while its worker has room', [0], 100, 0],
    ['a session spreads to the least loaded when its worker is full', [0], 40, 1],
    ['a session that spreads fills its workers in order', [0, 2], 30, 2],
    ['when all are full the least loaded takes more', [0, 1], 5, 1],
  ])('%s', (_title, sessionWorkers, limit, expected) => {
    expect(decidePlacement(workers, sessionWorkers, limit)).toBe(expected);
  });

  test('a worker of the session that is dead is not chosen', () => {
    expect(decidePlacement([{ index: 1, load: 0 }], [0], 100)).toBe(1);
  });

  test('without workers there is no place', () => {
    expect(decidePlacement([], [0], 100)).toBeUndefined();
  });
});

describe('addresses', () => {
  test('addresses of this host are bound as they are', () => {
    expect(planBindings(['127.0.0.1', '10.0.0.5', '2001:db8::5'], LOCAL)).toEqual([
      { ip: '127.0.0.1' },
      { ip: '10.0.0.5' },
      { ip: '2001:db8::5' },
    ]);
  });

  test('behind NAT a local address carries the public one, and is told as well if it was announced', () => {
    expect(planBindings(['203.0.113.9'], LOCAL)).toEqual([{ ip: '10.0.0.5', announcedAddress: '203.0.113.9' }]);
    expect(planBindings(['127.0.0.1', '10.0.0.6', '203.0.113.9'], LOCAL)).toEqual([
      { ip: '127.0.0.1' },
      { ip: '10.0.0.6', announcedAddress: '203.0.113.9', exposeInternalIp: true },
    ]);
  });

  test('two public addresses are carried by two local ones', () => {
    expect(planBindings(['203.0.113.9', '203.0.113.10'], LOCAL).map(({ ip }) => ip)).toEqual(['10.0.0.5', '10.0.0.6']);
  });

  test('a host that shows only loopback binds everything', () => {
    expect(planBindings(['203.0.113.9'], ['127.0.0.1'])).toEqual([{ ip: '0.0.0.0', announcedAddress: '203.0.113.9' }]);
  });

  test('more public addresses than local ones is a fault that is told', () => {
    expect(() => planBindings(['203.0.113.9', '203.0.113.10', '203.0.113.11'], LOCAL)).toThrow('more addresses are announced');
    expect(() => planBindings(['203.0.113.9', '203.0.113.10'], ['127.0.0.1'])).toThrow('more addresses are announced');
  });

  test('UDP and TCP share the port, UDP first and with room for a burst, unless TCP has it for pages', () => {
    const udp = { protocol: 'udp', ip: '10.0.0.5', recvBufferSize: 4_194_304 };
    expect(listenInfos([{ ip: '10.0.0.5' }], 10_000, true)).toEqual([
      { ...udp, port: 10_000 },
      { protocol: 'tcp', ip: '10.0.0.5', port: 10_000 },
    ]);
    expect(listenInfos([{ ip: '10.0.0.5' }], 443, false)).toEqual([{ ...udp, port: 443 }]);
  });
});
