import { randomUUID } from 'node:crypto';
import type { EventName } from '@conclave/protocol/events/names';
import type { Permission, PermissionMap } from '@conclave/protocol/roles';
import type { RequestData, RequestType } from '@conclave/protocol/signalling/messages';
import { isTowardsSomebody, ROLES, type Cell, type Role } from './oracle.ts';
import { banSomebody, knock, must, post, seat, speak, type Person, type Scene, type World } from './scene.ts';

/** Somebody tries a cell. */
export interface Attempt extends Cell {
  readonly world: World;
  readonly scene: Scene;
  readonly actor: Person;
  readonly role: Role;
}

export interface Prepared {
  /** Instead of the data of the row. */
  readonly data?: object;
  /** What the log says of it once it is done, in any order. */
  readonly events: readonly EventName[];
  /** Makes the room what it was. */
  restore?(): Promise<unknown>;
}

export interface Row<T extends RequestType> {
  /** Data with which the verb would do something if it were allowed: each id is of something that is there. */
  data(attempt: Attempt): RequestData<T>;
  /** Before it is tried where it is allowed. */
  prepare?(attempt: Attempt): Promise<Prepared>;
}

const nothing = () => ({});
const may = (role: Role, permission: Permission) => (ROLES[role] as PermissionMap)[permission] === true;
const roleOf = ({ target, role }: Attempt): Role => (target === null || target === 'self' ? role : target);
const targetOf = ({ scene, target, actor }: Attempt): Person => (target === null || target === 'self' ? actor : scene.cast[target]);
const somebody = (attempt: Attempt) => ({ participantId: targetOf(attempt).id });
const text = () => ({ clientMessageId: randomUUID(), text: 'hello' });
const otherRole = (attempt: Attempt): Role => (attempt.target === 'attendee' ? 'student' : 'attendee');
const done =
  (...events: EventName[]) =>
  async (): Promise<Prepared> => ({ events });

/** With a new message of the host. */
const onMessage =
  (event: EventName, more: object = {}) =>
  async ({ scene }: Attempt): Promise<Prepared> => ({ data: { messageId: await post(scene.host), ...more }, events: [event] });

/** Towards somebody who came for it alone, since they do not stay. */
const onNewcomer =
  (events: readonly EventName[], more: object = {}, after?: (attempt: Attempt, newcomer: Person) => Promise<unknown>) =>
  async (attempt: Attempt): Promise<Prepared> => {
    const { world, scene, target } = attempt;
    if (target === null || target === 'self') throw new Error('a role is needed');
    const newcomer = await seat(world, scene.room, target, scene.host);
    const restore = async () => {
      await newcomer.client.closed;
      await after?.(attempt, newcomer);
    };
    return { data: { participantId: newcomer.id, ...more }, events, restore };
  };

/** With somebody who waits, and another one afterwards. */
const onWaiting =
  (data: (scene: Scene) => object, ...events: EventName[]) =>
  async ({ scene, world }: Attempt): Promise<Prepared> => ({
    data: data(scene),
    events,
    restore: async () => {
      const { client } = scene.waiting;
      if (client.socket.readyState === client.socket.OPEN && !events.includes('knock.turned_away'))
        await must({ client }, 'lobby.leave', {});
      await client.closed;
      if (events.includes('controls.changed')) await must(scene.host, 'room.set-lobby', { on: true });
      scene.waiting = await knock(world, scene.room, 'attendee', scene.host);
    },
  });

async function goesBack({ scene }: Attempt, { name }: Person): Promise<void> {
  const { knock: waits } = await scene.host.client.until(
    'lobby.knocked',
    (data) => data.knock.name === name && data.knock.connection === 'reconnecting',
  );
  await must(scene.host, 'lobby.turn-away', { knockId: waits.id, word: null });
}

async function whileSpeaking({ world, scene }: Attempt): Promise<Prepared> {
  const stop = await speak(world, scene.cast.speaker, scene.host);
  return { events: ['participant.muted', 'producer.paused'], restore: stop };
}

const broadcast = (attempt: Attempt, on: boolean) => ({ ...somebody(attempt), microphone: on });
const screen = (attempt: Attempt, on: boolean) => ({ ...somebody(attempt), screen: on });

/** How each verb is tried. */
export const VERB_ROWS: { readonly [T in RequestType]: Row<T> } = {
  'room.join': { data: ({ scene }) => ({ ticket: scene.ticket }) },
  'room.resume': { data: ({ scene }) => ({ resumeToken: scene.host.joined.self.resumeToken, keepMedia: true }) },
  'lobby.resume': { data: ({ scene }) => ({ knockToken: scene.waiting.knockToken }) },
  'lobby.leave': { data: nothing, prepare: done('knock.left') },
  'connection.ping': { data: nothing, prepare: done() },
  'room.leave': { data: nothing, prepare: done('participant.left') },
  'media.ice-servers': { data: nothing, prepare: done() },
  'media.restart': { data: nothing, prepare: done('media.restarted') },

  'chat.send': { data: text, prepare: done('message.posted') },
  'chat.send-private': { data: (attempt) => ({ ...text(), ...somebody(attempt) }), prepare: done('message.posted') },
  'chat.send-group': { data: text, prepare: done('message.posted') },
  'chat.delete': {
    data: ({ scene }) => ({ messageId: scene.messageId }),
    prepare: async ({ actor }) => ({ data: { messageId: await post(actor) }, events: ['message.deleted'] }),
  },
  'chat.delete-any': { data: ({ scene }) => ({ messageId: scene.messageId }), prepare: onMessage('message.deleted') },
  'chat.clear': {
    data: nothing,
    prepare: async ({ scene }) => ({
      events: ['chat.cleared'],
      restore: async () => (scene.messageId = await post(scene.host)),
    }),
  },
  'chat.react': {
    data: ({ scene }) => ({ messageId: scene.messageId, emoji: '👍', on: true }),
    prepare: onMessage('message.reacted', { emoji: '👍', on: true }),
  },
  'chat.export': { data: () => ({ afterSeq: 0 }), prepare: done('chat.exported') },

  'participant.rename': { data: () => ({ name: randomUUID() }), prepare: done('participant.renamed') },
  'hand.raise': {
    data: nothing,
    prepare: async ({ actor }) => ({ events: ['hand.raised'], restore: () => must(actor, 'hand.lower', {}) }),
  },
  'hand.lower': {
    data: nothing,
    prepare: async ({ actor, role }) => {
      if (!may(role, 'raise_hand')) return { events: [] };
      await must(actor, 'hand.raise', {});
      return { events: ['hand.lowered'] };
    },
  },

  'participant.set-name': { data: (attempt) => ({ ...somebody(attempt), name: randomUUID() }), prepare: done('participant.renamed') },
  'participant.set-role': {
    data: (attempt) => ({ ...somebody(attempt), role: otherRole(attempt) }),
    prepare: async (attempt) => ({
      events: ['participant.role_changed'],
      restore: () => must(attempt.scene.host, 'participant.set-role', { ...somebody(attempt), role: roleOf(attempt) }),
    }),
  },
  'participant.set-broadcast': {
    data: (attempt) => broadcast(attempt, !may(roleOf(attempt), 'broadcast')),
    prepare: async (attempt) => ({
      events: ['participant.grants_changed'],
      restore: () => must(attempt.scene.host, 'participant.set-broadcast', broadcast(attempt, may(roleOf(attempt), 'broadcast'))),
    }),
  },
  'participant.set-screenshare': {
    data: (attempt) => screen(attempt, !may(roleOf(attempt), 'screenshare')),
    prepare: async (attempt) => ({
      events: ['participant.grants_changed'],
      restore: () => must(attempt.scene.host, 'participant.set-screenshare', screen(attempt, may(roleOf(attempt), 'screenshare'))),
    }),
  },
  'participant.mute': {
    data: (attempt) => ({ ...somebody(attempt), source: 'microphone' }),
    prepare: async (attempt) => (attempt.target === 'speaker' ? whileSpeaking(attempt) : { events: [] }),
  },
  'room.mute-all': {
    data: nothing,
    prepare: async (attempt) => (isTowardsSomebody(attempt.role, 'remote_muting', 'speaker') ? whileSpeaking(attempt) : { events: [] }),
  },
  'participant.ask-unmute': {
    data: (attempt) => ({ ...somebody(attempt), source: 'microphone' }),
    prepare: done('participant.asked_to_unmute'),
  },
  'participant.lower-hand': {
    data: somebody,
    prepare: async (attempt) => {
      if (!may(roleOf(attempt), 'raise_hand')) return { events: [] };
      await must(targetOf(attempt), 'hand.raise', {});
      return { events: ['hand.lowered'] };
    },
  },
  'room.lower-hands': {
    data: nothing,
    prepare: async ({ scene }) => {
      await must(scene.cast.student, 'hand.raise', {});
      return { events: ['hand.lowered'] };
    },
  },
  'participant.remove': { data: somebody, prepare: onNewcomer(['participant.left']) },
  'participant.send-to-lobby': { data: somebody, prepare: onNewcomer(['knock.made', 'participant.left'], {}, goesBack) },
  'participant.ban': {
    data: (attempt) => ({ ...somebody(attempt), lasts: 'session', address: false, reason: null }),
    prepare: onNewcomer(['ban.created', 'participant.left'], { lasts: 'session', address: false, reason: null }),
  },
  'ban.list': { data: nothing, prepare: done() },
  'ban.lift': {
    data: ({ scene }) => ({ banId: scene.banId }),
    prepare: async ({ world, scene }) => ({ data: { banId: await banSomebody(world, scene.room, scene.host) }, events: ['ban.lifted'] }),
  },

  'lobby.admit': {
    data: ({ scene }) => ({ knockId: scene.waiting.knockId }),
    prepare: onWaiting(({ waiting }) => ({ knockId: waiting.knockId }), 'knock.admitted', 'ticket.issued'),
  },
  'lobby.admit-all': { data: nothing, prepare: onWaiting(nothing, 'knock.admitted', 'ticket.issued') },
  'lobby.turn-away': {
    data: ({ scene }) => ({ knockId: scene.waiting.knockId, word: null }),
    prepare: onWaiting(({ waiting }) => ({ knockId: waiting.knockId, word: null }), 'knock.turned_away'),
  },
  'room.set-lobby': {
    data: () => ({ on: false }),
    prepare: onWaiting(() => ({ on: false }), 'controls.changed', 'knock.admitted', 'ticket.issued'),
  },
  'room.set-lock': {
    data: () => ({ on: true }),
    prepare: async ({ scene }) => ({ events: ['controls.changed'], restore: () => must(scene.host, 'room.set-lock', { on: false }) }),
  },
  'room.set-password': {
    data: () => ({ password: 'a word' }),
    prepare: async ({ scene }) => ({
      events: ['room_password.changed'],
      restore: () => must(scene.host, 'room.set-password', { password: null }),
    }),
  },
  'room.set-chat': {
    data: () => ({ closedTo: ['attendee'] }),
    prepare: async ({ scene }) => ({ events: ['controls.changed'], restore: () => must(scene.host, 'room.set-chat', { closedTo: [] }) }),
  },
  // Of two who are there.
  'room.end': { data: nothing, prepare: done('participant.left', 'participant.left', 'session.ended') },

  'invite.create': { data: nothing, prepare: done('invite.created') },
  'invite.list': { data: nothing, prepare: done() },
  'invite.revoke': {
    data: ({ scene }) => ({ inviteId: scene.inviteId }),
    prepare: async ({ scene }) => ({
      data: { inviteId: (await must(scene.host, 'invite.create', {})).invite.id },
      events: ['invite.revoked'],
    }),
  },
  'invite.renew': {
    data: ({ scene }) => ({ inviteId: scene.inviteId }),
    prepare: async ({ scene }) => ({
      data: { inviteId: (await must(scene.host, 'invite.create', {})).invite.id },
      events: ['invite.renewed'],
    }),
  },
};
