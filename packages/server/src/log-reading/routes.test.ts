import { randomUUID } from 'node:crypto';
import { RoomId, SessionId } from '@conclave/protocol/ids';
import { LogFilter, type EventView } from '@conclave/protocol/rest/log';
import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { operatorCause, systemCause, visitorCause } from '../event-log/cause.ts';
import type { NewEvent } from '../event-log/event-log.ts';
import { nodeHash } from '../event-log/merkle.ts';
import { findPage } from './store.ts';
import { startLogSite, type LogSite } from './testing.ts';

const stack = new AsyncDisposableStack();
let t: LogSite;
beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  t = stack.use(await startLogSite(database.url));
});
afterAll(() => stack.disposeAsync());

const room = RoomId.parse(randomUUID());
const participant = (id: string) => ({
  actor: { kind: 'participant', id, authenticatedBy: 'room-link' } as const,
  person: `participant ${id}`,
  address: '192.0.2.44',
});
const posted = (session: SessionId, by: NewEvent['by'], change: Partial<NewEvent> = {}): NewEvent => ({
  name: 'message.posted',
  by,
  team: t.harbour.id,
  room,
  session,
  data: { messageId: randomUUID(), chatSeq: 1, characters: 3 },
  ...change,
});
const eventsOf = (reply: { json(): { events: EventView[] } }) => reply.json().events;
const seqsOf = (reply: { json(): { events: EventView[] } }) => eventsOf(reply).map((event) => event.seq);

describe('who may read', () => {
  test('nobody without a sign-in, no developer key, and no member but an owner', async () => {
    const member = await t.addMember(t.harbour, 'Mia', 'member');
    for (const path of ['/events', '/events/0', `/sessions/${randomUUID()}`, '/live', '/status']) {
      expect((await t.site.call(`/api/log${path}`)).json().code).toBe('sign_in_required');
      expect((await t.site.call(`/api/log${path}`, { headers: { authorization: 'Bearer x' } })).json().code).toBe('sign_in_required');
      expect((await t.get(path, member)).json().code).toBe('not_allowed');
    }
  });

  test('an owner sees the events of their team alone; on the plain host also those of the installation', async () => {
    const session = SessionId.parse(randomUUID());
    const name = { name: 'Ann' };
    await t.write(posted(session, participant('p1'), { personal: name }), {
      name: 'server.started',
      by: systemCause('server'),
      data: { version: '1' },
    });
    const ours = eventsOf(await t.get('/events?limit=200', t.ada));
    const theirs = eventsOf(await t.get('/events?limit=200', t.eve));
    expect(new Set(ours.map((event) => event.team))).toEqual(new Set([t.harbour.id, null]));
    expect(new Set(theirs.map((event) => event.team))).toEqual(new Set([t.quay.id]));
    for (const { seq, team } of ours) {
      expect((await t.get(`/events/${seq}`, t.ada)).statusCode).toBe(200);
      const reply = await t.get(`/events/${seq}`, t.eve);
      expect([team, reply.json().code]).toEqual([team, 'not_found']);
    }
    expect((await t.get(`/sessions/${session}`, t.eve)).json().code).toBe('not_found');
    expect(seqsOf(await t.get(`/sessions/${session}`, t.ada))).toHaveLength(1);
    for (const filter of [`actor=p1`, `room=${room}`, `session=${session}`, `actor=p1&room=${room}`])
      expect([filter, seqsOf(await t.get(`/events?${filter}`, t.eve))]).toEqual([filter, []]);
  });
});

describe('what is found', () => {
  test('each filter alone and with others finds what a plain reading of the log finds, page by page', async () => {
    const session = SessionId.parse(randomUUID());
    const [ann, ben] = [participant('ann'), participant('ben')];
    const key = { actor: { kind: 'key', id: 'key-1', authenticatedBy: 'developer-key' } as const, person: null, address: null };
    const refusal = (result: NewEvent['result'], by: NewEvent['by'], change: Partial<NewEvent> = {}): NewEvent => ({
      name: 'request.refused',
      by,
      team: t.harbour.id,
      data: { door: 'rest', verb: 'GET /x', count: 1 },
      result: result ?? 'not_allowed',
      ...change,
    });
    for (let i = 0; i < 4; i += 1)
      await t.write(
        posted(session, ann),
        posted(session, ben, { target: { kind: 'participant', id: 'ann' } }),
        refusal('not_allowed', key, { room }),
        refusal('not_found', key),
        refusal('banned', ann, { room, session }),
        { name: 'room_token.issued', by: key, team: t.harbour.id, room, data: { role: null, notBeforeS: null, expiresAtS: null } },
        { name: 'room.changed', by: key, team: t.harbour.id, room, target: { kind: 'room', id: room }, data: { before: {}, after: {} } },
        refusal('sign_in_required', visitorCause('192.0.2.7'), { team: null }),
      );
    const all = eventsOf(await t.get('/events?limit=200', t.ada));
    const choices: Record<string, readonly string[]> = {
      category: ['session', 'security', 'administration'],
      name: ['message.posted', 'request.refused', 'room.changed', 'team.changed'],
      actor: ['ann', 'key-1', 'nobody'],
      target: ['ann', room],
      room: [room, randomUUID()],
      session: [session],
      result: ['done', 'refused', 'not_found', 'banned', 'stale'],
    };
    const filters = combinations(Object.entries(choices));
    const scope = { team: t.harbour.id, installation: true };
    for (const filter of filters) {
      const expected = all.filter((event) => fits(event, filter)).map((event) => event.seq);
      const found = await findPage(t.db, scope, LogFilter.parse(filter), { order: 'newest', limit: 200 });
      expect([filter, found.map((entry) => entry.seq)]).toEqual([filter, expected]);
    }
    const paged: number[] = [];
    for (let cursor = ''; ;) {
      const { events, next } = (await t.get(`/events?limit=3${cursor}`, t.ada)).json();
      paged.push(...events.map((event: EventView) => event.seq));
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }
    expect(paged).toEqual(all.map((event) => event.seq));
  });

  test('times are bounds: from is inside, to is outside, and events with an earlier time than those before them are found', async () => {
    const session = SessionId.parse(randomUUID());
    const startMs = Date.UTC(2026, 0, 1);
    const atMinutes = [0, 60, 59, 120, 180, 179, 240, 400];
    await t.write(...atMinutes.map((minute) => posted(session, participant('tim'), { atMs: startMs + minute * 60_000 })));
    const at = (minute: number) => new Date(startMs + minute * 60_000).toISOString();
    const minutes = async (query: string) =>
      eventsOf(await t.get(`/events?actor=tim&${query}`, t.ada)).map((event) => (Date.parse(event.time) - startMs) / 60_000);
    expect(await minutes(`from=${at(59)}&to=${at(180)}`)).toEqual([179, 120, 59, 60]);
    expect(await minutes(`from=${at(180)}`)).toEqual([400, 240, 180]);
    expect(await minutes(`to=${at(60)}`)).toEqual([59, 0]);
    expect(await minutes(`from=${at(241)}&to=${at(400)}`)).toEqual([]);
  });

  test("a session's timeline is oldest first and goes on at its cursor", async () => {
    const session = SessionId.parse(randomUUID());
    await t.write(...['a', 'b', 'c', 'd', 'e'].map((id) => posted(session, participant(id))));
    const first = (await t.get(`/sessions/${session}?limit=3`, t.ada)).json();
    const second = (await t.get(`/sessions/${session}?limit=3&cursor=${first.next}`, t.ada)).json();
    const actors = [...first.events, ...second.events].map((event: EventView) => event.actor.id);
    expect(actors).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(second.next).toBeNull();
    expect((await t.get(`/sessions/${session}?actor=c`, t.ada)).json().events).toHaveLength(1);
    expect((await t.get(`/sessions/${session}?actor=nobody`, t.ada)).json().events).toEqual([]);
    expect((await t.get(`/sessions/${randomUUID()}`, t.ada)).json().code).toBe('not_found');
  });

  test('what is no filter is refused with its name and without its value', async () => {
    for (const query of [
      'category=gossip',
      'name=x.y',
      'room=1',
      'result=maybe',
      'from=yesterday',
      'limit=201',
      'cursor=-1',
      `actor=${'x'.repeat(65)}`,
    ]) {
      const reply = await t.get(`/events?${query}`, t.ada);
      expect([query, reply.json().code, reply.json().details.paths]).toEqual([query, 'bad_request', [query.split('=')[0]]]);
      expect(reply.body).not.toContain('yesterday');
    }
    for (const path of ['/events/x', '/events/-1', '/events/999999', '/events/99999999999999999999', '/sessions/x'])
      expect([path, (await t.get(path, t.ada)).json().code]).toEqual([path, 'not_found']);
  });
});

describe('one event', () => {
  test('hostile names come out as they are stored, in JSON, and erased people as null', async () => {
    const name = `A\r\nnn\u0000\u001b[31m\u202e\u2028"'</script>${'x'.repeat(10_000)}`;
    const session = SessionId.parse(randomUUID());
    const event = posted(session, participant('hostile'), {
      name: 'participant.renamed',
      data: {},
      personal: { name, formerName: '\ud800' },
    });
    await t.write(event);
    const [seq] = seqsOf(await t.get('/events?actor=hostile', t.ada));
    const reply = await t.get(`/events/${seq}`, t.ada);
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(reply.json().view.personal).toEqual({ name, formerName: '\ufffd', address: '192.0.2.44', network: '192.0.2.0/24' });
    expect(JSON.parse(reply.json().entry).personal.name).toEqual({ key: expect.any(String), sealed: expect.any(String) });
    await t.db.transaction().execute((tx) => t.site.ctx.personKeys.destroy(tx, 'participant hostile'));
    const view = (await t.get(`/events/${seq}`, t.ada)).json().view;
    expect(view.personal).toEqual({ name: null, formerName: null, address: '192.0.2.44', network: null });
  });

  test('[E2] is proven against the newest checkpoint that covers it', async () => {
    const session = SessionId.parse(randomUUID());
    await t.write(...Array.from({ length: 1_000 }, () => posted(session, operatorCause())));
    // A thousand unsigned events are signed at once, which the next one sets off.
    await vi.waitFor(async () => {
      await t.write(posted(session, operatorCause()));
      expect((await t.get('/status', t.ada)).json().checkpoint?.size).toBeGreaterThan(1_000);
    }, 10_000);
    const [newest] = seqsOf(await t.get('/events?limit=1', t.ada));
    const { size } = (await t.get('/status', t.ada)).json().checkpoint;
    for (const seq of [0, 255, 256, 1_000, size - 1]) {
      const reply = await t.get(`/events/${seq}`, t.ada);
      if (reply.statusCode === 404) continue; // of the other team
      const { leafHash, proof } = reply.json();
      const root = rootByPath(seq, proof.size, Buffer.from(leafHash, 'base64'), proof.path);
      expect(proof.checkpoint.split('\n').slice(0, 3)).toEqual(['meet.test/conclave-log', String(proof.size), root.toString('base64')]);
    }
    await t.write(posted(session, operatorCause()));
    expect((await t.get(`/events/${(newest ?? 0) + 1}`, t.ada)).json().proof?.size ?? 0).toBeLessThanOrEqual((newest ?? 0) + 2);
  });

  test('the status names the log, its key and its size', async () => {
    const status = (await t.get('/status', t.ada)).json();
    expect(status).toMatchObject({ origin: 'meet.test/conclave-log', publishing: 'current', openAlerts: expect.any(Number) });
    expect(status.publicKey).toMatch(/^meet\.test\/conclave-log\+[0-9a-f]{8}\+/);
    expect(status.size).toBe(Number((await t.db.selectFrom('event_log_head').select('size').executeTakeFirstOrThrow()).size));
  });
});

/** Every choice of at most three of the filters, one value each. */
function combinations(choices: [string, readonly string[]][]): Record<string, string>[] {
  const [first, ...rest] = choices;
  if (!first) return [{}];
  const without = combinations(rest);
  const [name, values] = first;
  const withIt = without
    .filter((other) => Object.keys(other).length < 3)
    .flatMap((other) => values.map((value) => ({ ...other, [name]: value })));
  return [...without, ...withIt];
}

function fits(event: EventView, filter: Record<string, string>): boolean {
  const { category, name, actor, target, room: inRoom, session, result } = filter;
  const is = (value: string | null | undefined, wanted: string | undefined) => wanted === undefined || value === wanted;
  const resultFits = result === 'refused' ? event.result !== 'done' : is(event.result, result);
  const ids = is(event.actor.id, actor) && is(event.target?.id, target) && is(event.room, inRoom) && is(event.session, session);
  return is(event.category, category) && is(event.name, name) && ids && resultFits;
}

/** RFC 9162 §2.1.3.2 */
function rootByPath(index: number, size: number, leaf: Buffer, path: string[]): Buffer {
  let [fn, sn, r] = [index, size - 1, leaf];
  for (const each of path) {
    const p = Buffer.from(each, 'base64');
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else {
      r = nodeHash(r, p);
    }
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  expect(sn).toBe(0);
  return r;
}
