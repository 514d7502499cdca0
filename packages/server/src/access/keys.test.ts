import { createTestDatabase } from '@conclave/testkit/database';
import { writtenEvents } from '@conclave/testkit/written-events';
import { expect, test } from 'vitest';
import { operatorCause } from '../event-log/cause.ts';
import { startTestSite } from '../web/test-site.ts';
import { createKey, createTeam, revokeKey } from './actions.ts';
import { listKeys } from './keys.ts';

async function setUp() {
  await using began = new AsyncDisposableStack();
  const database = began.use(await createTestDatabase());
  const site = began.use(await startTestSite(database.url));
  const team = await createTeam(site.ctx, operatorCause(), 'Harbour');
  const newKey = () => createKey(site.ctx, operatorCause(), { sealing: site.ctx.access.keys.sealing, teamId: team.id });
  const rest = (key: string, path: string, body?: object) =>
    site.call(`/api/v1${path}`, { method: body ? 'POST' : 'GET', headers: { authorization: `Bearer ${key}` }, ...(body && { body }) });
  const ends = began.move();
  return { site, team, newKey, rest, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

test('a revoked key opens nothing any more, and neither do the room tokens that it signed', async () => {
  await using t = await setUp();
  const [old, current] = [await t.newKey(), await t.newKey()];
  await t.rest(old.key, '/rooms', { friendly_url: 'quay', privacy: 'private' });
  const tokenOf = async (key: string): Promise<string> => (await t.rest(key, '/rooms/quay/token', {})).json().token;
  const [ofOld, ofCurrent] = [await tokenOf(old.key), await tokenOf(current.key)];
  const enter = async (token: string) =>
    (await t.site.call('/api/entry', { method: 'POST', body: { room: 'quay', token } })).json().code ?? 'in';
  expect([await enter(ofOld), await enter(ofCurrent)]).toEqual(['in', 'in']);
  await revokeKey(t.site.ctx, operatorCause(), old.keyId);
  expect([await enter(ofOld), await enter(ofCurrent)]).toEqual(['token_invalid', 'in']);
  expect((await t.rest(old.key, '/rooms')).json().code).toBe('sign_in_required');
  expect((await t.rest(current.key, '/rooms')).statusCode).toBe(200);
  const refused = (await writtenEvents(t.site.db)).filter(({ name }) => name === 'request.refused');
  expect(refused.map(({ data }) => [data['verb'], data['reason']])).toEqual([
    ['POST /api/entry', 'key_revoked'],
    ['GET /api/v1/rooms', 'key_revoked'],
  ]);
});

test('a key is revoked once; one that never was is not found', async () => {
  await using t = await setUp();
  const { keyId } = await t.newKey();
  const revoke = (id: string) => revokeKey(t.site.ctx, operatorCause(), id);
  expect(await revoke(keyId)).toEqual({ teamId: t.team.id });
  await expect(revoke(keyId)).rejects.toMatchObject({ code: 'not_found' });
  await expect(revoke(t.team.id)).rejects.toMatchObject({ code: 'not_found' });
});

test('the list of keys tells ids and times and never a key', async () => {
  await using t = await setUp();
  const [one, other] = [await t.newKey(), await t.newKey()];
  await revokeKey(t.site.ctx, operatorCause(), one.keyId);
  const listed = await listKeys(t.site.db, t.team.id);
  expect(listed.map(({ keyId, revokedAt }) => [keyId, revokedAt !== null])).toEqual([
    [one.keyId, true],
    [other.keyId, false],
  ]);
  expect(JSON.stringify(listed)).not.toContain(other.key);
});
