import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { request } from 'node:https';
import type { ServerResponse } from 'node:http';
import { LIMITS } from '@conclave/protocol/limits';
import type { EventView } from '@conclave/protocol/rest/log';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { systemTimers } from '@conclave/runtime/timers';
import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemCause } from '../event-log/cause.ts';
import type { NewEvent } from '../event-log/event-log.ts';
import { TEST_HOST, TEST_ORIGIN } from '../web/test-site.ts';
import { openEventStream } from './event-stream.ts';
import { startLogSite, type LogSite } from './testing.ts';

const stack = new AsyncDisposableStack();
let t: LogSite;
let port = 0;
beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  t = stack.use(await startLogSite(database.url));
  // Sign-ins are looked at anew every 10 s: a hundredth of that is enough here. Heartbeats are sent every 15 s, and who takes nothing
  // for as long is cut off: a tenth, so that a slow machine is not taken for a slow reader.
  const shorter = new Map([
    [10_000, 100],
    [15_000, 1_500],
  ]);
  const timers = { schedule: (delayMs: number, run: () => void) => systemTimers.schedule(shorter.get(delayMs) ?? delayMs, run) };
  Object.assign(t.site.ctx, { timers });
  const url = await t.site.app.listen({ host: '127.0.0.1', port: 0 });
  port = Number(new URL(url).port);
});
afterAll(() => stack.disposeAsync());

const renamed = (team: LogSite['harbour'], actor: string): NewEvent => ({
  name: 'participant.renamed',
  by: { ...systemCause(actor), person: 'participant x' },
  team: team.id,
  personal: { name: `Ann\r\n\r\ndata: {"forged":true}\u2028 of ${actor}` },
  data: {},
});

/** A reader at a real socket. `next` gives the next event; `ended` resolves when the server ends it. */
async function follow(by: { cookie: string }, query = '', headers: Record<string, string> = {}) {
  const events: EventView[] = [];
  const comments: string[] = [];
  let text = '';
  let news = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const status = Promise.withResolvers<{ code: number; type: string | undefined }>();
  const options = { host: '127.0.0.1', port, path: `/api/log/live${query}`, rejectUnauthorized: false };
  const sent = request({ ...options, headers: { host: TEST_HOST, cookie: by.cookie, ...headers } }, (reply) => {
    status.resolve({ code: reply.statusCode ?? 0, type: reply.headers['content-type'] });
    reply.setEncoding('utf8').on('data', (chunk: string) => {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      comments.push(...blocks.filter((block) => block.startsWith(':')));
      for (const block of blocks.filter((each) => each.startsWith('id:'))) {
        const [, id = '', data = ''] = /^id: (\d+)\nevent: event\ndata: ([^\n]*)$/.exec(block) ?? [];
        const event = JSON.parse(data) as EventView; // the server's own view
        expect(event.seq).toBe(Number(id));
        events.push(event);
      }
      news.resolve();
    });
    reply.on('close', () => ended.resolve());
    reply.on('error', () => undefined);
  });
  sent.on('error', () => ended.resolve());
  sent.end();
  /** Waits until so many events came. */
  const until = async (count: number) => {
    while (events.length < count) {
      await news.promise;
      news = Promise.withResolvers<void>();
    }
    return events;
  };
  const untilComment = async () => {
    while (comments.length === 0) {
      await news.promise;
      news = Promise.withResolvers<void>();
    }
  };
  return { ...(await status.promise), events, until, untilComment, ended: ended.promise, [Symbol.dispose]: () => void sent.destroy() };
}

test('events come as they get their place, to those whose team and filter they fit, with names as they are', async () => {
  using all = await follow(t.ada);
  using one = await follow(t.ada, '?actor=b');
  using other = await follow(t.eve);
  expect([all.code, all.type]).toEqual([200, 'text/event-stream; charset=utf-8']);
  await t.write(renamed(t.harbour, 'a'), renamed(t.quay, 'q'), renamed(t.harbour, 'b'));
  expect((await all.until(2)).map((event) => event.actor.id)).toEqual(['a', 'b']);
  expect((await one.until(1)).map((event) => event.actor.id)).toEqual(['b']);
  expect((await other.until(1)).map((event) => event.actor.id)).toEqual(['q']);
  expect(all.events[0]?.personal).toEqual({ name: 'Ann\r\n\r\ndata: {"forged":true}\u2028 of a' });
  await all.untilComment();
});

test('a page that comes back gets what it missed, nothing twice and nothing of others', async () => {
  const first = await follow(t.ada);
  await t.write(renamed(t.harbour, 'one'));
  const [seen] = await first.until(1);
  first[Symbol.dispose]();
  for (let i = 0; i < 5; i += 1) await t.write(renamed(t.harbour, `missed ${i}`), renamed(t.quay, 'q'));
  // More than a page is read at once.
  await t.write(...Array.from({ length: 450 }, (_, i) => renamed(t.harbour, `many ${i}`)));
  using again = await follow(t.ada, '?name=participant.renamed', { 'last-event-id': String(seen?.seq) });
  await t.write(renamed(t.harbour, 'last'));
  const events = await again.until(456);
  expect(events.map((event) => event.actor.id)).toEqual([
    ...Array.from({ length: 5 }, (_, i) => `missed ${i}`),
    ...Array.from({ length: 450 }, (_, i) => `many ${i}`),
    'last',
  ]);
});

test('it ends soon after the reader signs out, and when they are no owner any more', async () => {
  const leaver = await t.addMember(t.harbour, `Leo${randomUUID().slice(0, 4)}`, 'owner');
  using stream = await follow(leaver);
  await t.site.call('/api/auth/sign-out', { method: 'POST', headers: { cookie: leaver.cookie, origin: TEST_ORIGIN } });
  await stream.ended;
  const demoted = await t.addMember(t.harbour, `Dan${randomUUID().slice(0, 4)}`, 'owner');
  using second = await follow(demoted);
  await t.db.updateTable('team_members').set({ role: 'member' }).where('user_id', '=', demoted.userId).execute();
  await second.ended;
  await t.write(renamed(t.harbour, 'secret'));
  expect([...stream.events, ...second.events].map((event) => event.actor.id)).not.toContain('secret');
});

test('so many readers a member has and no more, and a place that is left is free again', async () => {
  const reader = await t.addMember(t.harbour, 'Rea', 'owner');
  const streams = await Promise.all(Array.from({ length: LIMITS.logReadersPerMember }, () => follow(reader)));
  expect(streams.map((stream) => stream.code)).toEqual(streams.map(() => 200));
  using refused = await follow(reader);
  expect(refused.code).toBe(429);
  for (const stream of streams) stream[Symbol.dispose]();
  await expect
    .poll(async () => {
      using again = await follow(reader);
      return again.code;
    })
    .toBe(200);
});

test('what is no place to go on from is refused', async () => {
  for (const id of ['x', '-1', '1'.repeat(16)]) {
    using stream = await follow(t.ada, '', { 'last-event-id': id });
    expect([id, stream.code]).toEqual([id, 400]);
  }
  using ahead = await follow(t.ada, '?actor=ahead', { 'last-event-id': '999999999' });
  await t.write(renamed(t.harbour, 'ahead'));
  expect((await ahead.until(1))[0]?.actor.id).toBe('ahead');
});

test('a reader who takes nothing for 15 s is cut off, and nothing piles up meanwhile', async () => {
  const time = createManualTime();
  const written: string[] = [];
  const raw = Object.assign(new EventEmitter(), {
    writableNeedDrain: false,
    writeHead: () => undefined,
    write: (text: string) => {
      written.push(text);
      return !text.startsWith('id:');
    },
    destroy: () => raw.emit('close'),
    end: () => undefined,
  });
  // Only what the stream uses of a reply.
  const stream = openEventStream(raw as unknown as ServerResponse, {}, time);
  const event = { seq: 1 } as EventView;
  const sending = stream.send(event);
  time.advance(14_999);
  expect(stream.signal.aborted).toBe(false);
  time.advance(1);
  await sending;
  expect(stream.signal.aborted).toBe(true);
  await stream.send(event);
  expect(written.filter((text) => text.startsWith('id:'))).toHaveLength(1);
});

test('a server that stops ends every reader', async () => {
  using stream = await follow(t.ada);
  await t.site.app.close();
  await expect(stream.ended).resolves.toBeUndefined();
});
