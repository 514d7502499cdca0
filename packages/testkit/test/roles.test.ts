import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { joinRoom } from '../src/joining.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import '../src/database.ts'; // these tests need a database

const stack = new AsyncDisposableStack();
let platform: Platform;

beforeAll(async () => {
  platform = stack.use(await startPlatform());
});
afterAll(() => stack.disposeAsync());

const rest = async (method: 'POST' | 'PATCH' | 'DELETE', path: string, body: object) => {
  const reply = await platform.http.ask(method, `/api/v1${path}`, { body, headers: { authorization: `Bearer ${platform.team.key}` } });
  return { status: reply.status, body: reply.body };
};
const makeRole = async (name: string, permissions: object) => {
  const { status } = await rest('POST', '/roles', { name, display_name: `The ${name}`, permissions });
  expect(status).toBe(200);
};
const tokenFor = async (room: string, role: string) => String((await rest('POST', `/rooms/${room}/token`, { role })).body['token']);

describe("a team's own role in a running meeting", () => {
  test('[P6] acts on its target roles alone, and a change over REST holds at once and is told', async () => {
    await makeRole('deck', {});
    await makeRole('pilot', { remove_participant: ['deck'], broadcast: true, rename_participants: true });
    const room = await platform.createRoom({ roles: ['moderator', 'attendee', 'deck', 'pilot'], default_role: 'attendee' });
    using pilot = await joinRoom(platform, { room, name: 'Pia', token: await tokenFor(room, 'pilot') });
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    using dan = await joinRoom(platform, { room, name: 'Dan', token: await tokenFor(room, 'deck') });
    const [annId, danId] = [ann, dan].map(({ joined }) => joined.self.participantId);
    if (annId === undefined || danId === undefined) throw new Error('nobody is there');
    expect(pilot.joined.self).toMatchObject({ role: 'pilot', grants: { microphone: true, screen: false } });
    expect(pilot.joined.room.roles.map(({ name }) => name)).toEqual(['moderator', 'attendee', 'deck', 'pilot']);
    const remove = (participantId: typeof annId) => pilot.client.ask('participant.remove', { participantId });
    expect(await remove(annId)).toMatchObject({ ok: false, code: 'not_allowed' });

    expect((await rest('PATCH', '/roles/pilot', { permissions: { remove_participant: ['attendee'], screenshare: true } })).status).toBe(
      200,
    );
    const told = await pilot.client.until('self.updated');
    expect(told).toMatchObject({ role: 'pilot', grants: { microphone: false, camera: false, screen: true } });
    expect(told.permissions).not.toContain('broadcast');
    expect(await remove(danId)).toMatchObject({ ok: false, code: 'not_allowed' });
    expect(await pilot.client.ask('participant.set-name', { participantId: annId, name: 'X' })).toMatchObject({ code: 'not_allowed' });
    expect(await remove(annId)).toMatchObject({ ok: true });
    expect((await ann.client.closed).code).toBe(4411);
  });

  test('[P6] one taken out of the room permits nothing any more', async () => {
    await makeRole('cook', { broadcast: true, general_chat: true });
    const room = await platform.createRoom({ roles: ['moderator', 'cook'], default_role: 'cook' });
    using cook = await joinRoom(platform, { room, name: 'Coco' });
    expect(cook.joined.self.permissions).toEqual(['broadcast', 'general_chat']);
    expect((await rest('PATCH', `/rooms/${room}`, { roles: ['moderator', 'attendee'], default_role: 'attendee' })).status).toBe(200);
    expect(await cook.client.until('self.updated')).toMatchObject({ permissions: [], grants: { microphone: false, camera: false } });
    expect(await cook.client.ask('hand.raise', {})).toMatchObject({ ok: false, code: 'not_allowed' });
    expect((await rest('DELETE', '/roles/cook', {})).status).toBe(204);
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    expect(ann.joined.self.role).toBe('attendee');
  });

  test('a meeting that began as somebody changed a role learns it with whoever comes next', async () => {
    await makeRole('mate', { broadcast: true });
    const room = await platform.createRoom({ roles: ['moderator', 'mate'], default_role: 'mate' });
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    expect(ann.joined.self.grants.microphone).toBe(true);
    // Stored by somebody who did not find the meeting yet.
    await platform.db.updateTable('roles').set({ permissions: '{"raise_hand":true}' }).where('name', '=', 'mate').execute();
    using ben = await joinRoom(platform, { room, name: 'Ben' });
    expect(await ann.client.until('self.updated')).toMatchObject({ permissions: ['raise_hand'], grants: { microphone: false } });
    expect(ben.joined.self).toMatchObject({ permissions: ['raise_hand'], grants: { microphone: false } });
  });

  test("the team's defaults reach a meeting whose room follows them", async () => {
    const room = await platform.createRoom({ default_role: 'attendee' });
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    expect(ann.joined.self.permissions).toContain('general_chat');
    expect((await rest('PATCH', '/', { chat_enabled: false })).status).toBe(200);
    expect((await ann.client.until('self.updated')).permissions).not.toContain('general_chat');
    await rest('PATCH', '/', { chat_enabled: null });
  });
});
