import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { stunMessage, stunPeer, type StunAttribute } from '../turn/stun-message.ts';
import { createReach, createTurnGuard, type TurnFault, type TurnPolicy } from './turn-guard.ts';

const TRANSACTION = Buffer.from('0102030405060708090a0b0c', 'hex');
const METHOD = { binding: 1, allocate: 3, refresh: 4, permit: 8, bind: 9, send: 0x16, connect: 0x0a } as const;

const message = (method: number, ...attributes: StunAttribute[]) => stunMessage(method, TRANSACTION, attributes);

function channelData(channel: number, bytes: number): Buffer {
  const data = Buffer.alloc(4 + bytes + (-bytes & 3), 0x16); // the bytes of a Send indication, should anybody read them as one
  data.writeUInt16BE(channel, 0);
  data.writeUInt16BE(bytes, 2);
  return data;
}

const peer = (bytes: readonly number[], port: number) => stunPeer(bytes, port, TRANSACTION);
const name = (text: string): [number, Buffer] => [0x0006, Buffer.from(text)];
const NODE = [203, 0, 113, 10];
const V6_NODE = [0x20, 0x01, 0x0d, 0xb8, ...Array<number>(11).fill(0), 7];
const reaches = createReach(['203.0.113.10', '2001:db8::7'], { first: 10_000, last: 10_001 });

function guard() {
  const end = vi.fn();
  const ended = vi.fn();
  const admit = vi.fn<TurnPolicy['admit']>((username) => (username === 'ann' ? { reaches, ended } : undefined));
  const { ended: close, ...rest } = createTurnGuard({ admit }, end);
  return { end, ended, admit, close, ...rest };
}

const PERMIT = message(METHOD.permit, name('ann'), peer(NODE, 0));
const BIND = message(METHOD.bind, name('ann'), [0x000c, Buffer.from('40000000', 'hex')], peer(NODE, 10_001));
const GOOD = [
  message(METHOD.allocate, [0x0019, Buffer.from('11000000', 'hex')]),
  message(METHOD.allocate, name('ann'), [0x0019, Buffer.from('11000000', 'hex')]),
  PERMIT,
  message(METHOD.send, peer(V6_NODE, 10_000), [0x0013, Buffer.alloc(1_201, 1)]),
  BIND,
  channelData(0x4000, 1),
  channelData(0x7fff, 65_535),
  message(METHOD.refresh, name('ann'), [0x000d, Buffer.alloc(4)]),
];

describe('[T7] what a client says to the TURN server', () => {
  test('passes as browsers say it, in whatever pieces it comes', () => {
    const all = Buffer.concat(GOOD);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 100 }), (sizes) => {
        const { look, admit, isAdmitted } = guard();
        let at = 0;
        const passed: Buffer[] = [];
        for (const size of [...sizes, all.length]) {
          passed.push(...(look(all.subarray(at, at + size)) as Buffer[])); // no fault
          at += size;
        }
        expect(Buffer.concat(passed).equals(all)).toBe(true);
        expect([admit.mock.calls.length, isAdmitted()]).toEqual([1, true]);
      }),
    );
  });

  const wrong: [string, TurnFault, Buffer][] = [
    ['another method: Connect to a TCP peer', 'method', message(METHOD.connect, name('ann'), peer(NODE, 10_000))],
    ['a response', 'method', message(0x0103)],
    ['no cookie', 'malformed', Buffer.concat([PERMIT.subarray(0, 4), Buffer.alloc(4), PERMIT.subarray(8)])],
    ['a length that is no multiple of four', 'malformed', Buffer.from('000300032112a442', 'hex')],
    ['a message beyond any packet', 'malformed', Buffer.from('0016f0002112a442', 'hex')],
    ['no channel and no message', 'malformed', channelData(0x8000, 4)],
    ['an attribute beyond the message', 'malformed', message(METHOD.permit, [0x0012, Buffer.alloc(0)]).fill(0xff, 22)],
    ['an address of no family', 'malformed', message(METHOD.permit, [0x0012, Buffer.alloc(8)])],
    ['somebody who was not let in', 'username', message(METHOD.allocate, name('eve'))],
    ['a peer before there is a name', 'username', message(METHOD.send, peer(NODE, 10_000))],
    ['a second name', 'username', Buffer.concat([message(METHOD.allocate, name('ann')), message(METHOD.allocate, name('eve'))])],
  ];
  test.each(wrong)('%s ends the stream', (_title, fault, bytes) => {
    const { look } = guard();
    expect(look(bytes)).toBe(fault);
    expect(look(PERMIT)).toBe(fault);
  });

  test.each([
    ['another port of the media node', message(METHOD.bind, name('ann'), peer(NODE, 22))],
    ['another port to send to', message(METHOD.send, peer(NODE, 53))],
    ['a peer that is named before the holder', message(METHOD.permit, peer([10, 0, 0, 1], 0), name('ann'))],
    ['a second peer in one message', message(METHOD.permit, name('ann'), peer(NODE, 0), peer([10, 0, 0, 1], 0))],
  ])('%s is left out, in whatever pieces it comes, and what is around it passes', (_title, bytes) => {
    const all = Buffer.concat([PERMIT, bytes, bytes, channelData(0x4000, 7), bytes, BIND]);
    for (let size = 1; size < all.length; size += 7) {
      const { look } = guard();
      const passed: Buffer[] = [];
      for (let at = 0; at < all.length; at += size) passed.push(...(look(all.subarray(at, at + size)) as Buffer[])); // no fault
      expect(Buffer.concat(passed)).toEqual(Buffer.concat([PERMIT, channelData(0x4000, 7), BIND]));
    }
  });

  test('whoever goes on asking for what is not given is ended', () => {
    const { look } = guard();
    const asked = message(METHOD.permit, name('ann'), peer([10, 0, 0, 1], 0));
    for (let count = 0; count < 256; count += 1) expect(look(asked)).toEqual([]);
    expect(look(asked)).toBe('peer');
    expect(look(PERMIT)).toBe('peer');
  });

  const NODE_MAPPED = [...Array<number>(10).fill(0), 0xff, 0xff, ...NODE];
  test.each([
    ['loopback', [127, 0, 0, 1]],
    ['::1', [...Array<number>(15).fill(0), 1]],
    ['0.0.0.0', [0, 0, 0, 0]],
    ['::', Array<number>(16).fill(0)],
    ['the neighbour of the media node', [203, 0, 113, 11]],
    ['the media node, mapped', NODE_MAPPED],
    ['the media node, compatible', [...Array<number>(12).fill(0), ...NODE]],
    ['the media node by NAT64', [0, 0x64, 0xff, 0x9b, ...Array<number>(8).fill(0), ...NODE]],
    ['the media node by 6to4', [0x20, 0x02, ...NODE, ...Array<number>(10).fill(0)]],
    ['10.0.0.1', [10, 0, 0, 1]],
    ['metadata', [169, 254, 169, 254]],
    ['multicast', [224, 0, 0, 1]],
    ['broadcast', [255, 255, 255, 255]],
  ])('no way to %s', (_title, bytes) => {
    const { look } = guard();
    expect(look(message(METHOD.permit, name('ann'), peer(bytes, 0)))).toEqual([]);
    expect(look(message(METHOD.send, peer(bytes, 10_000)))).toEqual([]);
  });

  test('who is admitted can be ended later, and gives back the place at the end', () => {
    const { look, admit, end, ended, close } = guard();
    expect(look(PERMIT)).toEqual([PERMIT]);
    admit.mock.calls[0]?.[1]();
    expect(end).toHaveBeenCalledOnce();
    close();
    close();
    expect(ended).toHaveBeenCalledOnce();
    expect(look(PERMIT)).toBe('username');
  });
});
