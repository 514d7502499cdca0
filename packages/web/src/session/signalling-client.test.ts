import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeSocket } from './fake-socket.ts';
import { openSignalling, parseNotification, SignallingLost, SignallingRefused } from './signalling-client.ts';

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.made = [];
  vi.stubGlobal('WebSocket', FakeSocket);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function connect() {
  const notifications: unknown[] = [];
  const closed: number[] = [];
  const connection = openSignalling('wss://test/signal', {
    onNotification: (each) => notifications.push(each),
    onClosed: (code) => closed.push(code),
  });
  return { connection, socket: FakeSocket.newest(), notifications, closed };
}
const settle = () => vi.advanceTimersByTimeAsync(0);

test('a request waits for the connection and resolves with its own reply', async () => {
  const { connection, socket } = connect();
  const first = connection.request('connection.ping', {});
  const second = connection.request('participant.rename', { name: 'Ada' });
  expect(socket.sent).toEqual([]);
  socket.accept();
  await settle();
  socket.answer('participant.rename', { ok: true, data: {} });
  socket.answer('connection.ping', { ok: true, data: {} });
  await expect(Promise.all([first, second])).resolves.toEqual([{}, {}]);
});

test('a refusal carries its code and the wait that the server asks for', async () => {
  const { connection, socket } = connect();
  socket.accept();
  const refused = connection.request('connection.ping', {}).catch((error: unknown) => error);
  await settle();
  socket.answer('connection.ping', { ok: false, code: 'rate_limited', retryAfterMs: 700 });
  const error = await refused;
  expect(error).toBeInstanceOf(SignallingRefused);
  expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 700 });
});

test('a reply that does not fit its schema is no reply', async () => {
  const { connection, socket } = connect();
  socket.accept();
  const lost = connection.request('chat.send', { clientMessageId: crypto.randomUUID(), text: 'hello' }).catch((error: unknown) => error);
  await settle();
  socket.answer('chat.send', { ok: true, data: { message: { text: 7 } } });
  expect(await lost).toBeInstanceOf(SignallingLost);
});

test('requests that are under way when the connection closes fail with its code', async () => {
  const { connection, socket, closed } = connect();
  socket.accept();
  const lost = connection.request('room.leave', {}).catch((error: unknown) => error);
  await settle();
  socket.drop(4409);
  expect(await lost).toMatchObject({ closeCode: 4409, timedOut: false });
  expect(closed).toEqual([4409]);
});

test('a request that is not answered in time fails without ending the connection', async () => {
  const { connection, socket, closed } = connect();
  socket.accept();
  const lost = connection.request('participant.rename', { name: 'Ada' }, { timeoutMs: 500 }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(501);
  expect(await lost).toMatchObject({ timedOut: true });
  expect(closed).toEqual([]);
});

test('a connection that no longer answers pings counts as lost within 12 s', async () => {
  const { socket, closed } = connect();
  socket.accept();
  await vi.advanceTimersByTimeAsync(8_000);
  socket.answer('connection.ping', { ok: true, data: {} });
  await vi.advanceTimersByTimeAsync(7_999);
  expect(closed).toEqual([]);
  await vi.advanceTimersByTimeAsync(4_001);
  expect(closed).toEqual([1006]);
  expect(vi.getTimerCount()).toBe(0);
});

test('closing from the page is silent and leaves no timer', async () => {
  const { connection, socket, closed } = connect();
  socket.accept();
  await settle();
  connection.close(1000);
  expect([socket.closedWith, closed, vi.getTimerCount()]).toEqual([1000, [], 0]);
  await expect(connection.request('room.leave', {})).rejects.toBeInstanceOf(SignallingLost);
});

test('notifications that this version does not know, and what is no message at all, are passed over', () => {
  const { socket, notifications } = connect();
  socket.accept();
  for (const text of [
    'not json',
    '7',
    '{"type":"room.exploded","data":{}}',
    '{"type":"constructor","data":{}}',
    '{"type":"speaker.changed","data":{"participantId":7}}',
  ])
    socket.say(text);
  expect(notifications).toEqual([]);
  expect(parseNotification({ type: 'speaker.changed', data: { participantId: null } })).toEqual({
    type: 'speaker.changed',
    data: { participantId: null },
  });
});
