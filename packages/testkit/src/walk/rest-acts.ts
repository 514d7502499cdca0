import { must } from './broken.ts';
import type { Step } from './plan.ts';
import { openRoom, type World } from './world.ts';

type Patch = Record<string, unknown>;

/** What may be changed of the room, each for an `n`. */
const PATCHES: readonly ((n: number, world: World) => Patch)[] = [
  (n) => ({ is_locked: n % 2 === 0 }),
  (n) => ({ max_participants: 2 + (n % 7) }),
  (n) => ({ max_broadcasters: 1 + (n % 5) }),
  (n) => ({ chat_enabled: n % 3 !== 0 }),
  (n) => ({ private_chat_enabled: n % 3 !== 0 }),
  (n) => ({ chat_history_enabled: n % 2 === 0 }),
  (n) => ({ private_group_chat_enabled: n % 3 !== 0 }),
  (n) => ({ private_group_chat_roles: n % 2 === 0 ? ['moderator'] : ['moderator', 'speaker'] }),
  (n) => ({ default_role: n % 2 === 0 ? 'attendee' : 'speaker' }),
  (n) => ({ screenshare_enabled: n % 3 !== 0 }),
  (n) => ({ raise_hand_enabled: n % 3 !== 0 }),
  (n) => ({ is_audio_only: n % 3 === 0 }),
  (n) => ({ password_for_everyone_enabled: n % 3 === 0 }),
  (n) => ({ description: `Topic ${n % 4}` }),
  (n, { role, hasRole }) => ({ roles: ['moderator', 'speaker', 'attendee', ...(hasRole && n % 2 === 0 ? [role] : [])] }),
];

export async function changeSettings(world: World, { n, whom }: Step): Promise<string> {
  const patch = PATCHES[(n + whom) % PATCHES.length]?.(n, world) ?? {};
  return change(world, patch);
}

async function change(world: World, patch: Patch): Promise<string> {
  const reply = await world.rest('PATCH', `/rooms/${world.room}`, patch);
  if (reply.status === 200) Object.assign(world.settings, patch);
  else must(reply.status === 422 || reply.status === 404, () => `a change of settings was answered ${reply.status}`);
  return reply.status === 200 ? 'ok' : 'refused';
}

export async function changeRole(world: World, { n }: Step): Promise<string> {
  const permissions = {
    broadcast: n % 2 === 0,
    general_chat: n % 3 !== 0,
    private_chat: n % 5 !== 0,
    control_room_entry: n % 4 === 0,
    raise_hand: true,
    remove_participant: n % 3 === 0 ? ['attendee', 'speaker'] : false,
    manage_roles: n % 7 === 0 ? ['attendee', 'speaker'] : false,
  };
  const reply = await world.rest('PATCH', `/roles/${world.role}`, { permissions });
  must(reply.status === 200 || (reply.status === 404 && !world.hasRole), () => `a change of a role was answered ${reply.status}`);
  return reply.status === 200 ? 'ok' : 'not_found';
}

/** Takes the role out of the room and away. */
export async function deleteOwnRole(world: World): Promise<string> {
  if (!world.hasRole) return 'ok';
  await change(world, { roles: ['moderator', 'speaker', 'attendee'] });
  const reply = await world.rest('DELETE', `/roles/${world.role}`);
  if (reply.status === 204) world.hasRole = false;
  return reply.status === 204 ? 'ok' : 'refused';
}

/** The room with all that is in it; another one takes its place. */
export async function deleteTheRoom(world: World): Promise<string> {
  const { room } = world;
  const reply = await world.rest('DELETE', `/rooms/${room}`, {});
  must(reply.status === 204 || reply.status === 200 || reply.status === 404, () => `the room could not be deleted: ${reply.status}`);
  await openRoom(world);
  return 'ok';
}
