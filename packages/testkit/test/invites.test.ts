import { requestTicket } from '@conclave/cli/peer/joining';
import { InviteId } from '@conclave/protocol/ids';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { revokeKey } from '@conclave/server/access/actions';
import { operatorCause } from '@conclave/server/event-log/cause';
import { createEventLog } from '@conclave/server/event-log/event-log';
import { createPersonKeys } from '@conclave/server/event-log/person-keys';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import { createKey, createTeam } from '@conclave/server/access/actions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { startPlatform, type Platform } from '../src/platform.ts';
import { joinRoom, type Guest } from '../src/joining.ts';
import { connectSignal } from '../src/signal-client.ts';
import '../src/database.ts'; // these tests need a database

/** `CONCLAVE_TEST_INVITE_ROUNDS=100` for the full count. */
const ROUNDS = Number(process.env['CONCLAVE_TEST_INVITE_ROUNDS'] ?? 5);
const AT_ONCE = 50;
const MIA = '00000000-0000-4000-8000-00000000000a';

const stack = new AsyncDisposableStack();
let platform: Platform;
/** Rate limits of joining and of keys count by the minute: the tests move it on instead of waiting. */
const time = createManualTime();

beforeAll(async () => {
  platform = stack.use(await startPlatform());
});
afterAll(() => stack.disposeAsync());

async function rest(method: string, path: string, body: object = {}, key = platform.team.key) {
  const reply = await platform.http.ask(method, `/api/v1${path}`, { body, headers: { authorization: `Bearer ${key}` } });
  return { status: reply.status, body: reply.body as { invite: { id: string }; link: string } & Record<string, unknown> };
}
const secretOf = (link: string) => link.split('#invite=')[1] ?? '';
async function makeInvite(room: string, body: object = {}, key?: string) {
  const made = await rest('POST', `/rooms/${room}/invites`, body, key);
  expect(made.status).toBe(200);
  return { id: InviteId.parse(made.body.invite.id), secret: secretOf(made.body.link) };
}
/** A browser as far as the door knows it: it keeps the device cookie and sends it again. */
function createDevice({ http = platform.http, account }: { http?: Pick<Platform['http'], 'ask'>; account?: string } = {}) {
  let cookie: string | undefined;
  const ask: Platform['http']['ask'] = async (method, path, options = {}) => {
    const cookies = [cookie, account].filter((one) => one !== undefined).join('; ');
    const signedIn = account === undefined ? {} : { origin: platform.origin };
    const headers = { ...options.headers, ...signedIn, ...(cookies !== '' && { cookie: cookies }) };
    const reply = await http.ask(method, path, { ...options, headers });
    const given = [reply.headers['set-cookie'] ?? []].flat()[0];
    if (given !== undefined) cookie = given.split(';', 1)[0];
    return reply;
  };
  const place = { origin: platform.origin, ca: platform.ca, http: { ask } as Platform['http'] };
  return {
    place,
    join: (room: string, invite: string, name = 'Somebody') => joinRoom(place, { room, invite, name }),
    ticket: (room: string, invite: string) => requestTicket(place, { room, invite, name: 'Somebody' }),
    entry: async (room: string, invite: string) => (await ask('POST', '/api/entry', { body: { room, invite } })).body,
  };
}
const refusalOf = (joining: Promise<Guest>) =>
  joining.then(
    (guest) => {
      guest[Symbol.dispose]();
      return 'let in';
    },
    (error: Error) => error.message,
  );
const inviteOf = async (room: string, id: string) => {
  const { data } = (await rest('GET', `/rooms/${room}/invites`)).body as unknown as { data: { id: string }[] };
  return data.find((invite) => invite.id === id);
};

describe('[P4] one invite', () => {
  test(
    `is won by exactly one of ${AT_ONCE} who use it first at the same moment, ${ROUNDS} times`,
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const room = await platform.createRoom();
        const { id, secret } = await makeInvite(room);
        // Each round comes from an address of its own, because joining is limited by address.
        using http = httpsClient(platform.origin, platform.ca, { localAddress: `127.0.90.${1 + (round % 250)}` });
        const devices = Array.from({ length: AT_ONCE }, () => createDevice({ http }));
        const tickets = await Promise.all(devices.map((device) => device.ticket(room, secret)));
        const clients = await Promise.all(tickets.map(() => connectSignal(platform.origin, platform)));
        const outcomes = await Promise.all(
          clients.map(async (client, n) => {
            const reply = await client.ask('room.join', { ticket: tickets[n] ?? '' });
            return reply.ok ? 'in' : reply.code;
          }),
        );
        expect(outcomes.toSorted()).toEqual(['in', ...Array<string>(AT_ONCE - 1).fill('invite_used')].toSorted());
        expect(await inviteOf(room, id)).toMatchObject({ personsUsed: 1, maxPersons: 1, state: 'used' });
        for (const client of clients) client[Symbol.dispose]();
      }
    },
    60_000 + ROUNDS * 10_000,
  );

  test('lets the same person return as often as they like, and nobody else', async () => {
    const room = await platform.createRoom({ privacy: 'private' });
    const { id, secret } = await makeInvite(room, { name: 'Ada', role: 'moderator' });
    const ada = createDevice();
    for (let visit = 0; visit < 4; visit += 1) {
      using guest = await ada.join(room, secret, 'Eve');
      expect(guest.joined.self).toMatchObject({ role: 'moderator' });
      expect(guest.joined.participants.find((one) => one.id === guest.joined.self.participantId)).toMatchObject({ name: 'Ada' });
    }
    const eve = createDevice();
    expect(await refusalOf(eve.join(room, secret))).toBe('invite_used');
    expect(await eve.entry(room, secret)).toMatchObject({ code: 'invite_used' });
    expect(await inviteOf(room, id)).toMatchObject({ personsUsed: 1, state: 'used' });
    using _again = await ada.join(room, secret);
  });

  test('for three people is for the first three', async () => {
    const room = await platform.createRoom();
    const { id, secret } = await makeInvite(room, { maxPersons: 3 });
    const devices = [createDevice(), createDevice(), createDevice()];
    for (const device of [...devices, ...devices]) expect(await refusalOf(device.join(room, secret))).toBe('let in');
    expect(await refusalOf(createDevice().join(room, secret))).toBe('invite_used');
    expect(await inviteOf(room, id)).toMatchObject({ personsUsed: 3, state: 'used' });
  });

  test('that is revoked opens nothing any more, also with a ticket that was had before; who is in stays', async () => {
    const room = await platform.createRoom();
    const { id, secret } = await makeInvite(room, { maxPersons: 2 });
    const ada = createDevice();
    using guest = await ada.join(room, secret);
    const late = await createDevice().ticket(room, secret);
    expect((await rest('DELETE', `/rooms/${room}/invites/${id}`)).status).toBe(204);
    using client = await connectSignal(platform.origin, platform);
    expect(await client.ask('room.join', { ticket: late })).toMatchObject({ ok: false, code: 'invite_invalid' });
    expect(await refusalOf(ada.join(room, secret))).toBe('invite_invalid');
    expect(await guest.client.ask('connection.ping', {})).toMatchObject({ ok: true });
  });

  test('that is renewed has another link, which belongs to nobody yet; the old one is void', async () => {
    const room = await platform.createRoom();
    const { id, secret } = await makeInvite(room);
    const ada = createDevice();
    expect(await refusalOf(ada.join(room, secret))).toBe('let in');
    const renewed = secretOf((await rest('POST', `/rooms/${room}/invites/${id}/renew`)).body.link);
    expect(await refusalOf(ada.join(room, secret))).toBe('invite_invalid');
    expect(await refusalOf(createDevice().join(room, renewed))).toBe('let in');
    expect(await refusalOf(ada.join(room, renewed))).toBe('invite_used');
  });

  test('is of one room of one team', async () => {
    const [room, other] = [await platform.createRoom(), await platform.createRoom()];
    const { id, secret } = await makeInvite(room);
    const stranger = await makeTeam('Other');
    expect(await refusalOf(createDevice().join(other, secret))).toBe('invite_invalid');
    expect(await refusalOf(createDevice().join(room, 'x'.repeat(43)))).toBe('invite_invalid');
    for (const [path, key] of [
      [`/rooms/${other}/invites/${id}`, platform.team.key],
      [`/rooms/${room}/invites/${id}`, stranger.key],
      [`/rooms/${room}/invites/none`, platform.team.key],
    ] as const) {
      expect((await rest('DELETE', path, {}, key)).body['code']).toBe('not_found');
      expect((await rest('POST', `${path}/renew`, {}, key)).body['code']).toBe('not_found');
    }
    expect((await rest('GET', `/rooms/${room}/invites`, {}, stranger.key)).body['code']).toBe('not_found');
    expect(await refusalOf(createDevice().join(room, secret))).toBe('let in');
  });

  test('is over at its time, for who has used it too', async () => {
    const room = await platform.createRoom();
    const { id, secret } = await makeInvite(room, { expiresAtMs: Date.now() + 3_600_000 });
    const ada = createDevice();
    expect(await refusalOf(ada.join(room, secret))).toBe('let in');
    await platform.db
      .updateTable('invites')
      .set({ expires_at: new Date(Date.now() - 1) })
      .where('id', '=', id)
      .execute();
    expect(await refusalOf(ada.join(room, secret))).toBe('invite_expired');
    expect(await inviteOf(room, id)).toMatchObject({ state: 'expired' });
    expect((await rest('POST', `/rooms/${room}/invites/${id}/renew`)).body['code']).toBe('conflict');
  });
});

describe('[P4] a right that its creator lost is lost to the invite', () => {
  test('a developer key that is revoked', async () => {
    const room = await platform.createRoom();
    const { key, keyId, revoke } = await makeKey();
    const { id, secret } = await makeInvite(room, { maxPersons: 2 }, key);
    const ada = createDevice();
    expect(await refusalOf(ada.join(room, secret))).toBe('let in');
    const ticket = await createDevice().ticket(room, secret);
    expect(keyId).not.toBe('');
    await revoke();
    using client = await connectSignal(platform.origin, platform);
    expect(await client.ask('room.join', { ticket })).toMatchObject({ ok: false, code: 'invite_invalid' });
    expect(await refusalOf(ada.join(room, secret))).toBe('invite_invalid');
    expect(await inviteOf(room, id)).toMatchObject({ state: 'void' });
    // Renewed by somebody else it stands on their right.
    const renewed = secretOf((await rest('POST', `/rooms/${room}/invites/${id}/renew`)).body.link);
    expect(await refusalOf(ada.join(room, renewed))).toBe('let in');
  });

  test('a member who has left the team', async () => {
    const room = await platform.createRoom();
    const { id, secret } = await makeInvite(room);
    await platform.db.insertInto('auth_users').values({ id: MIA, name: 'Mia', email: 'mia@example.org', email_verified: true }).execute();
    const team = await platform.db.selectFrom('teams').select('id').where('name', '=', 'Harbour').executeTakeFirstOrThrow();
    await platform.db.insertInto('team_members').values({ team_id: team.id, user_id: MIA, role: 'member' }).execute();
    await platform.db
      .updateTable('invites')
      .set({ creator: JSON.stringify({ kind: 'member', userId: MIA }) })
      .where('id', '=', id)
      .execute();
    const ada = createDevice();
    expect(await refusalOf(ada.join(room, secret))).toBe('let in');
    await platform.db.deleteFrom('team_members').where('user_id', '=', MIA).execute();
    expect(await refusalOf(ada.join(room, secret))).toBe('invite_invalid');
    expect(await inviteOf(room, id)).toMatchObject({ state: 'void' });
  });

  test('a participant who is demoted, and one who is banned', async () => {
    const room = await platform.createRoom({ roles: ['moderator', 'speaker', 'attendee'], default_role: 'attendee' });
    using host = await createDevice().join(room, (await makeInvite(room, { role: 'moderator' })).secret, 'Host');
    for (const lose of ['demote', 'ban'] as const) {
      using mod = await createDevice().join(room, (await makeInvite(room, { role: 'moderator' })).secret, 'Mod');
      const made = await mod.client.ask('invite.create', { role: 'speaker', maxPersons: 2 });
      if (!made.ok) throw new Error(made.code);
      const secret = secretOf(made.data.link);
      const ada = createDevice();
      expect(await refusalOf(ada.join(room, secret))).toBe('let in');
      const ticket = await createDevice().ticket(room, secret);
      const { participantId } = mod.joined.self;
      const done =
        lose === 'demote'
          ? await host.client.ask('participant.set-role', { participantId, role: 'attendee' })
          : await host.client.ask('participant.ban', { participantId, lasts: 'room', address: false, reason: null });
      expect(done).toMatchObject({ ok: true });
      using client = await connectSignal(platform.origin, platform);
      expect(await client.ask('room.join', { ticket })).toMatchObject({ ok: false, code: 'invite_invalid' });
      expect(await refusalOf(ada.join(room, secret))).toBe('invite_invalid');
      expect(await inviteOf(room, made.data.invite.id)).toMatchObject({ state: 'void' });
    }
  });

  test('nobody gets a link into a role that they may not give, not by making one nor by renewing that of another', async () => {
    const role = await rest('POST', '/roles', {
      name: 'usher',
      display_name: 'Usher',
      permissions: { invite_participant: true, manage_roles: ['attendee'] },
    });
    expect(role.status).toBe(200);
    const room = await platform.createRoom({ roles: ['moderator', 'usher', 'attendee'], default_role: 'attendee' });
    using usher = await createDevice().join(room, (await makeInvite(room, { role: 'usher' })).secret, 'Ulla');
    const moderators = await makeInvite(room, { role: 'moderator' });
    const list = await usher.client.ask('invite.list', {});
    expect(list).toMatchObject({ ok: true, data: { roles: ['attendee'], defaultRole: 'attendee', mayMail: false } });
    expect(await usher.client.ask('invite.create', { role: 'moderator' })).toMatchObject({ ok: false, code: 'not_allowed' });
    expect(await usher.client.ask('invite.renew', { inviteId: moderators.id })).toMatchObject({ ok: false, code: 'not_allowed' });
    expect(await refusalOf(createDevice().join(room, moderators.secret))).toBe('let in');
    expect(await usher.client.ask('invite.create', { email: 'ada@example.org', sendMail: true })).toMatchObject({
      ok: false,
      code: 'mail_not_configured',
    });
    expect(await usher.client.ask('invite.create', {})).toMatchObject({ ok: true });
  });
});

describe('[P4] an invite that somebody used who is signed in', () => {
  test('is that of their account on every device, and of nobody who is not signed in', async () => {
    const account = (await platform.signInOwner()).join('=');
    const room = await platform.createRoom();
    const { id, secret } = await makeInvite(room);
    const desk = createDevice({ account });
    expect(await refusalOf(desk.join(room, secret))).toBe('let in');
    const phone = createDevice({ account });
    expect(await refusalOf(phone.join(room, secret))).toBe('let in');
    expect(await refusalOf(createDevice().join(room, secret))).toBe('invite_used');
    expect(await refusalOf(desk.join(room, secret))).toBe('let in');
    expect(await inviteOf(room, id)).toMatchObject({ personsUsed: 1, state: 'used' });
  });
});

async function recording() {
  const { persons, sealing } = await loadMasterKeys(platform.config.dataDir);
  const eventLog = createEventLog({ clock: time, personKeys: createPersonKeys(persons), onAppended: () => undefined });
  return { deps: { db: platform.db, eventLog }, sealing };
}

async function makeTeam(name: string) {
  const { deps, sealing } = await recording();
  const { id } = await createTeam(deps, operatorCause(), name);
  return createKey(deps, operatorCause(), { sealing, teamId: id });
}

/** Another key of the team. */
async function makeKey() {
  const { deps, sealing } = await recording();
  const team = await platform.db.selectFrom('teams').select('id').where('name', '=', 'Harbour').executeTakeFirstOrThrow();
  const made = await createKey(deps, operatorCause(), { sealing, teamId: team.id });
  return { ...made, revoke: () => revokeKey(deps, operatorCause(), made.keyId) };
}
