import { PERMISSIONS } from '@conclave/protocol/roles';
import { createTestDatabase } from '@conclave/testkit/database';
import { writtenEvents } from '@conclave/testkit/written-events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKey, createTeam } from '../access/actions.ts';
import type { Team } from '../access/store.ts';
import { operatorCause } from '../event-log/cause.ts';
import { startTestSite, type TestSite } from '../web/test-site.ts';

const stack = new AsyncDisposableStack();
let site: TestSite;
let key: string;
let otherKey: string;

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  site = stack.use(await startTestSite(database.url));
  key = await makeKey(await createTeam(site.ctx, operatorCause(), 'Harbour'));
  otherKey = await makeKey(await createTeam(site.ctx, operatorCause(), 'Other Team'));
});
afterAll(() => stack.disposeAsync());

async function makeKey({ id }: Team): Promise<string> {
  return (await createKey(site.ctx, operatorCause(), { sealing: site.ctx.access.keys.sealing, teamId: id })).key;
}

const rest = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown, developerKey = key) =>
  site.call(`/api/v1${path}`, { method, headers: { authorization: `Bearer ${developerKey}` }, ...(body !== undefined && { body }) });
const make = async (name: string, permissions: object = {}) =>
  (await rest('POST', '/roles', { name, display_name: 'Pilots', permissions })).json();
const faultsOf = async (...call: Parameters<typeof rest>) => {
  const reply = await rest(...call);
  return { status: reply.statusCode, errors: reply.json().errors };
};

describe('roles over REST', () => {
  test('the built-in ones are there and cannot be changed or deleted', async () => {
    const { data, total_count } = (await rest('GET', '/roles?order=asc')).json();
    expect(data.slice(0, 3).map(({ name }: { name: string }) => name)).toEqual(['moderator', 'speaker', 'attendee']);
    expect([total_count, data[1].default, data[1].is_built_in]).toEqual([data.length, true, true]);
    const refused = { status: 422, errors: { role: ['is built in and cannot be changed'] } };
    expect(await faultsOf('PATCH', '/roles/speaker', { display_name: 'Orators' })).toEqual(refused);
    expect(await faultsOf('DELETE', `/roles/${data[0].id}`)).toEqual(refused);
  });

  test('[P6] one of the team reads back with every permission, what was left out as false', async () => {
    const made = await make('pilot', { broadcast: true, remote_muting: ['attendee', 'pilot'], screenshare: false });
    expect(made).toMatchObject({ name: 'pilot', display_name: 'Pilots', description: '', default: false, is_built_in: false });
    expect(Object.keys(made.permissions).toSorted()).toEqual([...PERMISSIONS].toSorted());
    expect(made.permissions).toMatchObject({
      broadcast: true,
      remote_muting: ['attendee', 'pilot'],
      screenshare: false,
      manage_roles: false,
    });
    for (const reference of ['pilot', made.id, made.id.toUpperCase()])
      expect((await rest('GET', `/roles/${reference}`)).json()).toEqual(made);
    expect((await rest('GET', '/roles?limit=1')).json().data[0]).not.toHaveProperty('permissions');
  });

  test.each([
    ['a name that is taken by a built-in role', { name: 'Moderator' }, 'name'],
    ['a name that is taken in another case', { name: 'PILOT' }, 'name'],
    ['a name with a space', { name: 'a b' }, 'name'],
    ['a name of 31 letters', { name: 'a'.repeat(31) }, 'name'],
    ['a display name of two letters', { display_name: 'ab' }, 'display_name'],
    ['an unknown permission', { permissions: { fly: true } }, 'permissions'],
    ['a list where the permission acts on nobody', { permissions: { general_chat: ['attendee'] } }, 'permissions'],
    ['a target that is no role of the team', { permissions: { remote_muting: ['king'] } }, 'permissions'],
    ['no permissions at all', { permissions: undefined }, 'permissions'],
  ])('%s is refused with a text for its field', async (_title, change, field) => {
    const body = { name: 'unused', display_name: 'Unused', permissions: {}, ...change };
    const { status, errors } = await faultsOf('POST', '/roles', body);
    expect([status, Object.keys(errors)]).toEqual([422, [field]]);
  });

  test('a change keeps what it does not name, replaces the permissions as a whole and tells what changed', async () => {
    const made = await make('deck-hand', { broadcast: true, raise_hand: true });
    const changed = (await rest('PATCH', `/roles/${made.id}`, { permissions: { raise_hand: true, manage_roles: ['attendee'] } })).json();
    expect(changed).toMatchObject({ name: 'deck-hand', display_name: 'Pilots', created_at: made.created_at });
    expect(changed.permissions).toMatchObject({ broadcast: false, raise_hand: true, manage_roles: ['attendee'] });
    const events = await writtenEvents(site.db);
    expect(events.findLast(({ name }) => name === 'role.changed')).toMatchObject({
      target: { kind: 'role', id: made.id },
      data: { before: { broadcast: true, manage_roles: false }, after: { broadcast: false, manage_roles: ['attendee'] } },
    });
    await rest('PATCH', `/roles/${made.id}`, { display_name: 'Pilots' });
    expect((await writtenEvents(site.db)).filter(({ name }) => name === 'role.changed')).toHaveLength(1);
  });

  test('a role that something uses cannot be deleted or renamed; afterwards it can', async () => {
    await make('cook');
    await make('captain', { remote_muting: ['cook'] });
    const room = (await rest('POST', '/rooms', { roles: ['moderator', 'cook'], default_role: 'cook' })).json();
    expect(room).toMatchObject({ default_role: { name: 'cook', display_name: 'Pilots' } });
    const uses = [`is used by the room ${room.friendly_url}`, 'is a target of the role captain'];
    expect(await faultsOf('DELETE', '/roles/cook')).toEqual({ status: 422, errors: { role: uses } });
    expect(await faultsOf('PATCH', '/roles/cook', { name: 'chef' })).toEqual({ status: 422, errors: { name: uses } });
    expect((await rest('PATCH', '/roles/cook', { display_name: 'Cooks' })).statusCode).toBe(200);
    await rest('PATCH', `/rooms/${room.id}`, { roles: ['moderator', 'speaker'], default_role: null });
    await rest('PATCH', '/roles/captain', { permissions: {} });
    expect((await rest('PATCH', '/roles/cook', { name: 'chef' })).json().name).toBe('chef');
    expect((await rest('DELETE', '/roles/chef')).statusCode).toBe(204);
    expect((await rest('GET', '/roles/chef')).statusCode).toBe(404);
  });

  test('a room takes roles of its team, by name or id, and no others', async () => {
    const { id } = await make('helm');
    const { roles } = (await rest('POST', '/rooms', { roles: ['moderator', id] })).json();
    expect(roles.map(({ name }: { name: string }) => name)).toEqual(['moderator', 'helm']);
    expect((await faultsOf('POST', '/rooms', { roles: ['helm'] }, otherKey)).errors).toEqual({ roles: ['must be roles of the team'] });
  });

  test("another team's role is not there, to see, to change or to delete", async () => {
    const { id } = await make('mate');
    for (const method of ['GET', 'PATCH', 'DELETE'] as const)
      for (const reference of [id, 'mate'])
        expect(
          (await rest(method, `/roles/${reference}`, method === 'PATCH' ? { display_name: 'Mine' } : undefined, otherKey)).statusCode,
        ).toBe(404);
    expect((await rest('POST', '/roles', { name: 'mate', display_name: 'Mates', permissions: {} }, otherKey)).statusCode).toBe(200);
  });

  test('of fifty who make a role of one name at once one is the first', async () => {
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => rest('POST', '/roles', { name: 'bosun', display_name: 'Bosuns', permissions: {} })),
    );
    expect(replies.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, ...Array.from({ length: 49 }, () => 422)]);
  });

  test('of deleting a role and giving it to a room one comes first', async () => {
    for (let round = 0; round < 20; round += 1) {
      await make(`r${round}`);
      const [deleted, given] = await Promise.all([
        rest('DELETE', `/roles/r${round}`),
        rest('POST', '/rooms', { roles: ['moderator', `r${round}`] }),
      ]);
      expect([204, 422]).toContain(deleted.statusCode);
      expect(given.statusCode).toBe(deleted.statusCode === 204 ? 422 : 200);
    }
  });
});
