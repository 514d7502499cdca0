import { createHmac, randomUUID } from 'node:crypto';
import { ParticipantId } from '@conclave/protocol/ids';
import { Secret } from '@conclave/runtime/secret';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { beforeEach, expect, test, vi } from 'vitest';
import { createTurn, type Turn } from './turn.ts';

const ann = ParticipantId.parse(randomUUID());
const time = createManualTime();
const inside = new Set<ParticipantId>();
let turn: Turn;

beforeEach(() => {
  inside.clear();
  inside.add(ann);
  turn = createTurn({
    host: 'meet.example.org',
    port: 443,
    secret: new Secret('secret'),
    peers: { addresses: ['203.0.113.10'], ports: { first: 10_000, last: 10_001 } },
    clock: time,
    timers: time,
    isIn: (id) => inside.has(id),
  });
});

const usernameOf = (id: ParticipantId) => turn.iceServersFor(id)[0]?.username ?? '';

test('[T7] a credential is for one participant and ten minutes', () => {
  const [server] = turn.iceServersFor(ann);
  const expiresAtS = Math.floor(time.nowMs() / 1_000) + 600;
  const username = `${expiresAtS}:${ann}`;
  const credential = createHmac('sha1', 'secret').update(username).digest('base64');
  expect(server).toEqual({ urls: ['turns:meet.example.org:443?transport=tcp'], username, credential });
});

test('[T7] it opens a stream while its holder is in a room and its time is not over', () => {
  const username = usernameOf(ann);
  const admission = turn.policy.admit(username, vi.fn());
  expect([admission?.reaches('203.0.113.10', 10_000), admission?.reaches('203.0.113.11', 10_000)]).toEqual([true, false]);
  time.advance(601_000);
  expect(turn.policy.admit(username, vi.fn())).toBeUndefined();
  const fresh = usernameOf(ann);
  inside.delete(ann);
  expect(turn.policy.admit(fresh, vi.fn())).toBeUndefined();
});

test.each(['', ann, `${ann}:9999999999`, `9999999999:`, `9999999999:${randomUUID()}`, `x:${ann}`, `9999999999:check-${randomUUID()}`])(
  '[T7] %j is nobody',
  (username) => {
    expect(turn.policy.admit(username, vi.fn())).toBeUndefined();
  },
);

test('[T7] whoever is put out loses the streams, and nobody has more than eight', () => {
  const ends = Array.from({ length: 9 }, () => vi.fn());
  const admissions = ends.map((end) => turn.policy.admit(usernameOf(ann), end));
  expect(admissions.map((admission) => admission !== undefined)).toEqual([...Array<boolean>(8).fill(true), false]);
  admissions[0]?.ended();
  turn.end(ann);
  expect(ends.map(({ mock }) => mock.calls.length)).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 0]);
});

test('[T7] a connection check has a stream that leads nowhere, for as long as it lasts', () => {
  const [server] = turn.iceServersForCheck(30_000);
  const end = vi.fn();
  const admission = turn.policy.admit(server?.username ?? '', end);
  expect([admission?.reaches('203.0.113.10', null), admission?.reaches('203.0.113.10', 10_000)]).toEqual([false, false]);
  time.advance(29_000);
  expect(end).not.toHaveBeenCalled();
  time.advance(1_000);
  expect(end).toHaveBeenCalledOnce();
  expect(turn.policy.admit(server?.username ?? '', vi.fn())).toBeUndefined();
});
