import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLogSite, type LogSite } from '../log-reading/testing.ts';

const stack = new AsyncDisposableStack();
let t: LogSite;
beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  t = stack.use(await startLogSite(database.url));
});
afterAll(() => stack.disposeAsync());

const change = (by: { cookie: string }, days: unknown) => t.patch('/retention', by, { days });

test('an owner reads and changes their own team alone, and each change is an event', async () => {
  const usual = {
    days: { session: 90, security: 365, administration: 730, chat: 30 },
    floors: { session: 7, security: 180, administration: 365, chat: 1 },
  };
  expect((await t.get('/retention', t.ada)).json()).toEqual(usual);
  const changed = { ...usual, days: { ...usual.days, session: 14 } };
  expect((await change(t.ada, { session: 14, security: 365 })).json()).toEqual(changed);
  expect((await t.get('/retention', t.ada)).json()).toEqual(changed);
  expect((await t.get('/retention', t.eve)).json()).toEqual(usual);
  await change(t.ada, { session: 14 });
  await t.settle();
  const { events } = (await t.get('/events?name=retention.changed', t.ada)).json();
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({
    data: { before: { session: 90 }, after: { session: 14 } },
    actor: { kind: 'member', id: t.ada.userId },
  });
});

test('no team goes under the floor of the operator, not with one field among others either', async () => {
  const reply = await change(t.eve, { session: 6, security: 400 });
  expect([reply.statusCode, reply.json().code, reply.json().errors]).toEqual([
    422,
    'invalid_settings',
    { 'days.session': ['must be at least 7'] },
  ]);
  expect((await t.get('/retention', t.eve)).json().days).toEqual({ session: 90, security: 365, administration: 730, chat: 30 });
});

test('nobody else reads or changes it', async () => {
  const member = await t.addMember(t.harbour, 'Mia', 'member');
  expect((await t.get('/retention', member)).json().code).toBe('not_allowed');
  expect((await change(member, { session: 30 })).json().code).toBe('not_allowed');
  expect((await t.site.call('/api/log/retention')).json().code).toBe('sign_in_required');
  const foreign = { cookie: t.ada.cookie, origin: 'https://evil.test' };
  const reply = await t.site.call('/api/log/retention', { method: 'PATCH', headers: foreign, body: { days: { session: 8 } } });
  expect(reply.json().code).toBe('not_allowed');
});

test('what is no number of days is refused', async () => {
  for (const days of [{ session: 0 }, { session: 1.5 }, { session: '30' }, { session: 4_000 }, { gossip: 30 }, undefined])
    expect([days, (await change(t.ada, days)).json().code]).toEqual([days, 'bad_request']);
});
