import type { Joined } from '@conclave/protocol/signalling/messages';
import { permits } from '@conclave/protocol/roles';
import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import { must, mustEqual } from './broken.ts';
import type { Person } from './person.ts';
import type { View } from './view.ts';
import type { Counts, KnownBan, World } from './world.ts';

interface Inside {
  readonly person: Person;
  readonly view: View;
}

/** Everybody who is in and connected, by session. */
export function insiders(world: World): Map<string, Inside[]> {
  const inside = world.people.flatMap((person): Inside[] => (person.view && person.state === 'in' ? [{ person, view: person.view }] : []));
  return Map.groupBy(inside, ({ view }) => view.room.sessionId);
}

/** All that must hold between two rounds. @throws Broken */
export async function checkAll(world: World): Promise<void> {
  await Promise.all(world.people.map((person) => person.settle()));
  const sessions = insiders(world);
  for (const inside of sessions.values()) {
    checkAgreement(inside);
    checkConnections(world, inside);
    checkGone(world, inside);
    checkBans(world, inside);
    checkNode(world, inside);
  }
  await checkReceivers(world, sessions);
}

/** Whoever is in sees the same. */
function checkAgreement([first, ...others]: Inside[]): void {
  if (!first) return;
  const rosterOf = ({ view }: Inside) => [...view.roster.values()];
  for (const other of others) {
    const between = `${first.person.name} and ${other.person.name} see`;
    mustEqual(rosterOf(first), rosterOf(other), `${between} different lists`);
    mustEqual(first.view.room, other.view.room, `${between} different rooms`);
    mustEqual(first.view.activeSpeakerId, other.view.activeSpeakerId, `${between} different speakers`);
  }
  const openers = [first, ...others].filter(({ view }) => view.self.permissions.includes('control_room_entry'));
  for (const { person, view } of [first, ...others]) {
    const { role, grants, participantId } = view.self;
    const listed = view.roster.get(participantId);
    mustEqual({ role, grants }, { role: listed?.role, grants: listed?.grants }, `${person.name} is not who the list says`);
    const lobby = openers.some((opener) => opener.person === person) ? (openers[0]?.view.lobby ?? []) : [];
    mustEqual(view.lobby, lobby, `${person.name} sees another lobby`);
  }
}

/** Who is connected is shown as connected, who is not is not; the same in the lobby. */
function checkConnections({ owners, people }: World, inside: Inside[]): void {
  for (const { view } of inside.slice(0, 1))
    for (const { id, connection } of view.roster.values()) {
      const owner = owners.get(id);
      const expected = owner?.state === 'in' && owner.participantId === id ? 'connected' : 'reconnecting';
      must(connection === expected, () => `${id} of ${owner?.name} is shown as ${connection}`);
    }
  const opener = inside.find(({ view }) => view.self.permissions.includes('control_room_entry'));
  const waiting = people.filter(({ state, isLetIn }) => state === 'lobby' && !isLetIn).length;
  const shown = opener?.view.lobby.filter(({ connection }) => connection === 'connected').length ?? waiting;
  must(shown === waiting, () => `${waiting} wait, and ${shown} are shown`);
}

function checkGone(world: World, [first]: Inside[]): void {
  for (const id of first?.view.roster.keys() ?? []) {
    must(world.owners.has(id), () => `${id} is on the list and was never let in`);
    must(!world.gone.has(id), () => `${id}, who was put out or left, is on the list`);
  }
}

function isActive(ban: KnownBan, sessionId: string): boolean {
  return !ban.lifted && (ban.sessionId === null || ban.sessionId === sessionId);
}

/** Nobody is in whom a ban knows. An address alone only keeps out: who came in before the ban may share it. */
function checkBans(world: World, [first]: Inside[]): void {
  if (!first) return;
  const { view } = first;
  for (const ban of world.bans.filter((one) => isActive(one, view.room.sessionId)))
    for (const id of view.roster.keys()) {
      const owner = world.owners.get(id);
      if (!owner) continue;
      const same = {
        person: owner === ban.person,
        invite: owner === ban.person,
        device: ban.device !== undefined && world.devices.get(id) === ban.device,
        address: owner.address === ban.person.address && (world.since.get(id) ?? 0) > ban.round,
      };
      const by = ban.matches.find((match) => same[match as keyof typeof same]);
      must(by === undefined, () => `${owner.name} is in (${id}) although banned by ${by} with ${ban.person.name} in round ${ban.round}`);
    }
}

/** What the media node lets people send, and what it says they send, is what the list says. */
function checkNode({ ground }: World, [first]: Inside[]): void {
  if (!first) return;
  const { roster, room } = first.view;
  const session = ground.platform.media.ctx.sessions.get(room.sessionId);
  for (const participant of roster.values()) {
    const held = session?.participants.get(participant.id);
    if (!held && participant.connection !== 'connected') continue;
    mustEqual(held?.grants, participant.grants, `the media node grants ${participant.id} something else`);
    const sent = [...(held?.path?.producers.values() ?? [])].map(({ id, source, producer }) => ({ id, source, paused: producer.paused }));
    const listed = participant.producers.map(({ id, source, paused }) => ({ id, source, paused }));
    mustEqual(sent, listed, `what ${participant.id} sends is not what the list says`);
  }
}

/** Who receives is on the list that everybody holds. */
async function checkReceivers({ ground, owners, gone }: World, sessions: Map<string, Inside[]>): Promise<void> {
  for (const { sessionId, participantId } of await ground.node.receivers()) {
    must(!gone.has(participantId), () => `${participantId}, who was put out or left, has a media path`);
    const inside = sessions.get(sessionId);
    if (!inside) continue;
    for (const { person, view } of inside)
      must(view.roster.has(participantId), () => `${participantId} receives and is not on the list of ${person.name}`);
    must(owners.has(participantId), () => `${participantId} receives and was never let in`);
  }
}

/** By session, what must not grow beyond the room's limits. */
function countAll(world: World): Map<string, Counts> {
  return new Map(
    [...insiders(world)].flatMap(([sessionId, [first]]) => {
      if (!first) return [];
      const roster = [...first.view.roster.values()];
      const { maxParticipants, maxBroadcasters } = first.view.room;
      const broadcasters = roster.filter(({ grants }) => grants.microphone || grants.camera).length;
      return [[sessionId, { seats: roster.length, broadcasters, maxSeats: maxParticipants, maxBroadcasters }]];
    }),
  );
}

/** Whoever was in may stay when a limit is lowered; nobody comes beyond it. @throws Broken */
export function checkLimits(world: World): void {
  for (const [sessionId, now] of countAll(world)) {
    const was = world.counts.get(sessionId) ?? { ...now, seats: 0, broadcasters: 0 };
    world.counts.set(sessionId, now);
    const newcomers = [...world.since].filter(([id, round]) => round === world.round && inSession(world, sessionId, id)).length;
    if (was.maxSeats === now.maxSeats && newcomers > 0)
      must(now.seats <= now.maxSeats, () => `${now.seats} are in where ${now.maxSeats} may be`);
    if (was.maxBroadcasters === now.maxBroadcasters)
      must(
        now.broadcasters <= Math.max(now.maxBroadcasters, was.broadcasters),
        () => `${now.broadcasters} may send where ${now.maxBroadcasters} may be`,
      );
  }
}

function inSession(world: World, sessionId: string, id: string): boolean {
  return insiders(world).get(sessionId)?.[0]?.view.roster.has(id) ?? false;
}

/** What somebody saw by notifications is what a fresh look shows, and that is what they may read. Nothing else must happen meanwhile. */
export function checkFresh(world: World, person: Person, seen: View, fresh: View): void {
  const told = (view: View) => ({ ...view, roster: [...view.roster.values()] });
  mustEqual(told(seen), told(fresh), `${person.name} had seen by notifications what is not so`);
  checkChat(world, person, fresh);
}

function checkChat(world: World, person: Person, { chat, room, self, roster }: View): void {
  const known = world.chat.get(room.sessionId) ?? new Map();
  const me = roster.get(self.participantId);
  const role = room.roles.find(({ name }) => name === self.role);
  const mayRead = ({ to, participantId, sentAtMs }: ChatMessageView): boolean => {
    if (world.settings['chat_history_enabled'] === false && sentAtMs < (me?.joinedAtMs ?? 0)) return false;
    if (participantId === self.participantId) return true;
    if (to.kind === 'participant') return to.participantId === self.participantId;
    if (to.kind === 'group') return room.chatGroup?.roles.includes(self.role) ?? false;
    return world.settings['chat_enabled'] !== false && permits(role?.permissions ?? {}, 'general_chat');
  };
  const shown = chat.filter(({ id, text }) => known.get(id)?.state !== 'unsure' && !world.unanswered.has(text));
  const expected = [...known.values()]
    .filter(({ state, message }) => state === 'there' && mayRead(message))
    .map(({ message }) => message)
    .toSorted((one, other) => one.seq - other.seq);
  mustEqual(
    shown.map(({ id, seq, text }) => ({ id, seq, text })),
    expected.map(({ id, seq, text }) => ({ id, seq, text })),
    `${person.name} is not shown the messages that were acknowledged`,
  );
}

export type { Joined };
