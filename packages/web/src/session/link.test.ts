import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeSocket } from './fake-socket.ts';
import { createLink } from './link.ts';
import type { SessionPhase } from './state.ts';

const secret = (letter: string) => letter.repeat(43);
const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const joined = (resumeToken = secret('r')) => ({
  self: {
    participantId: id(1),
    role: 'speaker',
    permissions: [],
    grants: { microphone: true, camera: true, screen: true, receive: true },
    resumeToken,
  },
  room: {
    id: id(2),
    friendlyUrl: 'room',
    name: 'Room',
    sessionId: id(3),
    sessionStartedAtMs: 1,
    controls: { isLocked: false, isLobbyOn: false, chatClosedTo: [], privateChatClosedTo: [] },
    hasPassword: false,
    maxParticipants: 100,
    maxBroadcasters: 100,
    roles: [],
    chatGroup: null,
  },
  participants: [],
  activeSpeakerId: null,
  chat: [],
  lobby: [],
  media: null,
});
const person = { room: 'room', token: null, invite: null, password: null, name: 'Ada' };
const place = { kind: 'room', resumeToken: secret('r') } as const;
let tickets = 0;
let ticketReply: () => Response;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  FakeSocket.made = [];
  tickets = 0;
  ticketReply = () => Response.json({ ticket: secret('t'), expiresAtMs: 1 });
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', async () => {
    tickets++;
    return ticketReply();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function makeLink() {
  const phases: SessionPhase[] = [];
  const over: SessionPhase[] = [];
  const waits: { knockToken: string; sentBack: boolean }[] = [];
  let joins = 0;
  const link = createLink({
    origin: 'https://meet.test',
    mediaAhead: () => ({}),
    resumeState: () => ({ keepMedia: true }),
    onPhase: (phase) => phases.push(phase),
    onJoined: () => {
      joins++;
    },
    onWaiting: (knockToken, sentBack) => waits.push({ knockToken, sentBack }),
    onNotification: () => {},
    onOver: (phase) => over.push(phase),
  });
  return { link, phases, over, waits, joins: () => joins };
}
const settle = () => vi.advanceTimersByTimeAsync(0);

async function inRoom() {
  const made = makeLink();
  const joining = made.link.join(person);
  FakeSocket.newest().accept();
  await settle();
  FakeSocket.newest().answer('room.join', { ok: true, data: joined() });
  await joining;
  return made;
}

test('the connection is opened while the ticket is still asked for, and carries it in its first message', async () => {
  const { link, joins } = makeLink();
  void link.join(person);
  expect(FakeSocket.made).toHaveLength(1);
  FakeSocket.newest().accept();
  await settle();
  expect(FakeSocket.newest().sent).toEqual([{ id: 1, type: 'room.join', data: { ticket: secret('t') } }]);
  FakeSocket.newest().answer('room.join', { ok: true, data: joined() });
  await settle();
  expect(joins()).toBe(1);
});

test('who is about to join has ticket and connection already when the button is pressed', async () => {
  const { link, joins, phases } = makeLink();
  link.anticipate(person);
  link.anticipate(person);
  FakeSocket.newest().accept();
  await settle();
  expect([FakeSocket.made.length, tickets, FakeSocket.newest().sent.length, phases.length]).toEqual([1, 1, 0, 0]);
  void link.join(person);
  await settle();
  expect(FakeSocket.newest().sent).toEqual([{ id: 1, type: 'room.join', data: { ticket: secret('t') } }]);
  FakeSocket.newest().answer('room.join', { ok: true, data: joined() });
  await settle();
  await vi.advanceTimersByTimeAsync(10_000);
  expect([joins(), FakeSocket.made.length, tickets, FakeSocket.newest().closedWith]).toEqual([1, 1, 1, null]);
});

test('who joins under another name than was foreseen gets a ticket for it', async () => {
  const { link } = makeLink();
  link.anticipate(person);
  await settle();
  void link.join({ ...person, name: 'Bea' });
  FakeSocket.newest().accept();
  await settle();
  expect([FakeSocket.made.length, tickets, FakeSocket.newest().sent.length]).toEqual([2, 2, 1]);
  expect(FakeSocket.made[0]?.closedWith).not.toBeNull();
});

test('what was foreseen and did not happen is let go of before the server complains', async () => {
  const { link, over } = makeLink();
  link.anticipate(person);
  FakeSocket.newest().accept();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(FakeSocket.newest().closedWith).not.toBeNull();
  void link.join(person);
  FakeSocket.newest().accept();
  await settle();
  expect([FakeSocket.made.length, tickets, over.length]).toEqual([2, 2, 0]);
  link.close();
});

test('a refusal ahead is told when the button is pressed, not before', async () => {
  ticketReply = () => Response.json({ code: 'room_full' }, { status: 403 });
  const { link, over } = makeLink();
  link.anticipate(person);
  await settle();
  expect([over, FakeSocket.newest().closedWith === null]).toEqual([[], false]);
  await link.join(person);
  expect([over, tickets]).toEqual([[{ kind: 'failed', code: 'room_full' }], 2]);
});

test('a refused ticket is told with its code', async () => {
  ticketReply = () => Response.json({ code: 'room_full' }, { status: 403 });
  const { link, over } = makeLink();
  await link.join(person);
  expect(over).toEqual([{ kind: 'failed', code: 'room_full' }]);
  expect(FakeSocket.newest().closedWith).not.toBeNull();
});

test('who waited so long for a ticket that the server closed the connection gets another, once', async () => {
  const { link, joins, over } = makeLink();
  const joining = link.join(person);
  FakeSocket.newest().accept();
  await settle();
  FakeSocket.newest().drop(4401); // the ticket was on its way
  await settle();
  FakeSocket.newest().accept();
  await settle();
  expect([FakeSocket.made.length, tickets, FakeSocket.newest().sent.length]).toEqual([2, 2, 1]);
  FakeSocket.newest().answer('room.join', { ok: true, data: joined() });
  await joining;
  expect([joins(), over]).toEqual([1, []]);

  const again = makeLink();
  const refused = again.link.join(person);
  for (let attempt = 0; attempt < 2; attempt++) {
    FakeSocket.newest().accept();
    await settle();
    FakeSocket.newest().drop(4401);
    await settle();
  }
  await refused;
  expect(again.over).toEqual([{ kind: 'failed', code: 'sign_in_required' }]);
});

test('a lost connection comes back at once as the same participant', async () => {
  const { phases, joins } = await inRoom();
  FakeSocket.newest().drop(1006);
  await settle();
  expect(FakeSocket.made).toHaveLength(2);
  FakeSocket.newest().accept();
  await settle();
  expect(FakeSocket.newest().sent[0]).toMatchObject({
    type: 'room.resume',
    data: { resumeToken: secret('r'), keepMedia: true },
  });
  FakeSocket.newest().answer('room.resume', { ok: true, data: joined(secret('s')) });
  await settle();
  expect([joins(), tickets]).toEqual([2, 1]);
  expect(phases.at(-1)).toMatchObject({ kind: 'reconnecting', attempt: 1 });
});

test('while the server is away there is one attempt at a time, each after a longer wait', async () => {
  const { link, phases } = await inRoom();
  FakeSocket.newest().drop(1006);
  for (const waitMs of [0, 400, 800, 1600, 3000, 3000, 3000]) {
    const before = FakeSocket.made.length;
    await vi.advanceTimersByTimeAsync(waitMs);
    expect(FakeSocket.made).toHaveLength(before + 1);
    FakeSocket.newest().drop(1006);
  }
  await settle();
  expect(phases.at(-1)).toMatchObject({ kind: 'reconnecting', attempt: 8 });
  link.hurry();
  await settle();
  expect(FakeSocket.made).toHaveLength(9);
});

test('when the place is lost the page joins anew by itself', async () => {
  const { joins, over } = await inRoom();
  FakeSocket.newest().drop(1006);
  await settle();
  FakeSocket.newest().accept();
  FakeSocket.newest().drop(4401);
  await vi.advanceTimersByTimeAsync(400);
  FakeSocket.newest().accept();
  await settle();
  FakeSocket.newest().answer('room.join', { ok: true, data: joined() });
  await settle();
  expect([joins(), tickets, over]).toEqual([2, 2, []]);
});

test('being replaced from another place, or the end of the session, is final', async () => {
  for (const [code, reason] of [
    [4409, 'replaced'],
    [4410, 'session_ended'],
    [4403, 'banned'],
  ] as const) {
    const { over } = await inRoom();
    const made = FakeSocket.made.length;
    FakeSocket.newest().drop(code);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(over).toEqual([{ kind: 'ended', reason }]);
    expect(FakeSocket.made).toHaveLength(made);
  }
});

test('a reload whose place is gone tells no more than that', async () => {
  const { link, over, joins } = makeLink();
  const resuming = link.resume(person, place);
  FakeSocket.newest().accept();
  await settle();
  FakeSocket.newest().drop(4401);
  expect(await resuming).toBe(false);
  expect([over, joins(), tickets]).toEqual([[], 0, 0]);
});

test('a reload during a restart of the server goes on knocking', async () => {
  const { link, joins } = makeLink();
  const resuming = link.resume(person, place);
  FakeSocket.newest().drop(1006);
  await vi.advanceTimersByTimeAsync(400);
  FakeSocket.newest().accept();
  await settle();
  FakeSocket.newest().answer('room.resume', { ok: true, data: joined() });
  expect(await resuming).toBe(true);
  expect(joins()).toBe(1);
});

test('after leaving, and after closing, nothing is tried and no timer is left', async () => {
  const first = await inRoom();
  const leaving = first.link.leave();
  await settle();
  FakeSocket.newest().answer('room.leave', { ok: true, data: {} });
  await leaving;
  expect(FakeSocket.newest().closedWith).toBe(1000);
  await vi.advanceTimersByTimeAsync(2_000);
  const second = await inRoom();
  FakeSocket.newest().drop(1006);
  await settle();
  second.link.close();
  await settle();
  expect(vi.getTimerCount()).toBe(0);
});

test('who waits for the connection is served when it is back, or told when it is given up', async () => {
  const { link } = await inRoom();
  FakeSocket.newest().drop(1006);
  const aborter = new AbortController();
  const given = link.whenConnected(aborter.signal).then(
    () => 'back',
    () => 'given up',
  );
  aborter.abort();
  expect(await given).toBe('given up');
  const waiting = link.whenConnected(new AbortController().signal).then(() => 'back');
  await settle();
  FakeSocket.newest().accept();
  await settle();
  FakeSocket.newest().answer('room.resume', { ok: true, data: joined() });
  expect(await waiting).toBe('back');
});

/** Somebody whose place is in the lobby. */
async function inLobby() {
  const made = makeLink();
  void made.link.join(person);
  FakeSocket.newest().accept();
  await settle();
  FakeSocket.newest().answer('room.join', { ok: true, data: { waiting: { knockToken: secret('k') } } });
  await settle();
  return made;
}

test('[P1] who must wait is let in on the same connection, by the ticket that comes', async () => {
  const { waits, joins } = await inLobby();
  expect([waits, joins()]).toEqual([[{ knockToken: secret('k'), sentBack: false }], 0]);
  FakeSocket.newest().say({ type: 'lobby.admitted', data: { ticket: secret('u') } });
  await settle();
  expect(FakeSocket.made).toHaveLength(1);
  expect(FakeSocket.newest().sent.at(-1)).toMatchObject({ type: 'room.join', data: { ticket: secret('u') } });
  FakeSocket.newest().answer('room.join', { ok: true, data: joined() });
  await settle();
  expect(joins()).toBe(1);
});

test('[P1] a connection that breaks while one waits comes back to the same place, or straight into the room', async () => {
  const { waits, joins } = await inLobby();
  FakeSocket.newest().drop(1006);
  await vi.advanceTimersByTimeAsync(30_000);
  FakeSocket.newest().accept();
  await settle();
  expect(FakeSocket.newest().sent.at(-1)).toMatchObject({ type: 'lobby.resume', data: { knockToken: secret('k') } });
  FakeSocket.newest().answer('lobby.resume', { ok: true, data: { waiting: { knockToken: secret('k') } } });
  await settle();
  expect(waits).toHaveLength(2);
  FakeSocket.newest().drop(1006);
  await vi.advanceTimersByTimeAsync(30_000);
  FakeSocket.newest().accept();
  await settle();
  FakeSocket.newest().answer('lobby.resume', { ok: true, data: { admitted: { ticket: secret('u') } } });
  await settle();
  FakeSocket.newest().answer('room.join', { ok: true, data: joined() });
  await settle();
  expect(joins()).toBe(1);
});

test('[P1] being turned away is final and tells the word', async () => {
  const { over } = await inLobby();
  FakeSocket.newest().say({ type: 'lobby.turned-away', data: { word: 'Tomorrow' } });
  FakeSocket.newest().drop(4412);
  await settle();
  expect(over).toEqual([{ kind: 'ended', reason: 'turned_away', word: 'Tomorrow' }]);
});

test('[P3] being removed is final; being sent back to the lobby is not', async () => {
  const removed = await inRoom();
  FakeSocket.newest().drop(4411);
  await settle();
  expect(removed.over).toEqual([{ kind: 'ended', reason: 'removed' }]);
  const sent = await inRoom();
  FakeSocket.newest().say({ type: 'lobby.sent-back', data: { waiting: { knockToken: secret('k') } } });
  FakeSocket.newest().drop(4411);
  await vi.advanceTimersByTimeAsync(30_000);
  FakeSocket.newest().accept();
  await settle();
  FakeSocket.newest().answer('lobby.resume', { ok: true, data: { waiting: { knockToken: secret('k') } } });
  await settle();
  expect([sent.over, sent.waits]).toEqual([[], [{ knockToken: secret('k'), sentBack: true }]]);
});
