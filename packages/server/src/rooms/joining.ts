import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { ParticipantId, type KnockId, type RoomId, type TeamId } from '@conclave/protocol/ids';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import type { RoleName } from '@conclave/protocol/roles';
import type { Joined, RequestParsed, Waiting } from '@conclave/protocol/signalling/messages';
import type { EnteredBy, KnockView } from '@conclave/protocol/signalling/views';
import type { Background } from '@conclave/runtime/background';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Tx } from '../db/transaction.ts';
import { takeInvite } from '../doors/invites.ts';
import { guestPerson, type Cause } from '../event-log/cause.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { mayRead } from './chat-rules.ts';
import { deedOf, storedSoon } from './deeds.ts';
import { holdersOf, lookAtEntrance, type Entrance, type EntranceDeps, type Visitor } from './entrance.ts';
import { decideEntry, type Credential } from './entry.ts';
import type { LiveRegistry, PresentSeat, Seat } from './live-rooms.ts';
import { refreshRoom } from './live-policy.ts';
import { isPolicyOf, policyOf } from './policy.ts';
import { isRefusal, refuseTicket } from './refused-entry.ts';
import type { ConnectionId, Profile } from './session-state.ts';
import type { RepeatableEvent, ResumeDigests, SessionStore } from './session-store.ts';
import { findRoomById, type Room } from './store.ts';
import { digestOf, newSecret, readTicket, type Ticket } from './tickets.ts';
import { roomView, rosterView } from './views.ts';

export interface JoiningDeps extends EntranceDeps {
  readonly timers: Timers;
  readonly log: Log;
  readonly background: Background;
  readonly store: SessionStore;
  readonly live: LiveRegistry;
  readonly eventLog: EventLog;
  readonly lobby: LobbyDoor;
}

/** Where those go who must wait. */
export interface LobbyDoor {
  /** Uses up the ticket and lets somebody wait. `changed`: who may come in has changed meanwhile, decide anew. */
  knock(entrance: Entrance & { ticket: Ticket; role: RoleName }, asking: Asking<Waiting>): Promise<{ knockId: KnockId } | 'changed'>;
  /** Whose place in the lobby it was is now in the room; false: they were not let in, or are in already. */
  markEntered(tx: Tx, knockId: KnockId): Promise<boolean>;
  /** They are in: the lobby need not know them any longer. */
  entered(knockId: KnockId): void;
  /** In the transaction that deletes the room: nobody waits there any more. Tells whom to let go when it is stored. */
  empty(tx: Tx, room: { id: RoomId; teamId: TeamId }, by: Cause): Promise<KnockId[]>;
  /** Gone, and stored by who calls; the connection is closed. */
  forget(ids: readonly KnockId[], code: 'banned' | 'session_ended'): void;
  /** Who waits, in order. */
  listed(roomId: RoomId): KnockView[];
}

/** The connection that asks. `reply` sends at once, ahead of any notification. */
export interface Asking<Reply = Joined> {
  readonly connectionId: ConnectionId;
  /** IPv4 or IPv6 of the client; null when the connection is gone already. */
  readonly address: string | null;
  isOpen(): boolean;
  reply(reply: Reply): void;
}

/** Where somebody has come to by a ticket. */
export type Arrival = { readonly kind: 'seat'; readonly seat: PresentSeat } | { readonly kind: 'lobby'; readonly knockId: KnockId };

/** How often an entry is decided anew when who may come in changes at that very moment. */
const ATTEMPTS = 5;

/**
 * Lets the bearer of a ticket in, or into the lobby: entry is decided anew, the participant is stored while the media path is made,
 * and only then does anybody see the newcomer. It is stored only if nothing that the decision rests on has changed until then.
 * @throws AppError `sign_in_required` for a ticket that is used, late or unknown, the codes of `decideEntry`, `unavailable`.
 */
export async function join(deps: JoiningDeps, data: RequestParsed<'room.join'>, asking: Asking<Joined | Waiting>): Promise<Arrival> {
  await deps.live.doorsOpen();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const ticket = await readTicket(deps.db, data.ticket, deps.clock.nowMs());
    if (!ticket) throw new AppError('sign_in_required');
    const room = await findRoomById(deps.db, ticket.roomId);
    try {
      const arrival = await arrive(deps, data, { ticket, room: required(room) }, asking);
      if (arrival !== 'changed') return arrival;
    } catch (error) {
      throw error instanceof EntryRefused ? await refuseTicket(deps, { ticket, room, error, address: asking.address }) : error;
    }
  }
  throw new AppError('unavailable');
}

/** Refused by what admission says, and not by a fault or a race. */
class EntryRefused extends AppError {}

function required(room: Room | null): Room {
  if (!room) throw new EntryRefused('not_found');
  return room;
}

async function arrive(
  deps: JoiningDeps,
  data: RequestParsed<'room.join'>,
  { ticket, room }: { ticket: Ticket; room: Room },
  asking: Asking<Joined | Waiting>,
): Promise<Arrival | 'changed'> {
  const { claims } = ticket;
  const visitor: Visitor = { credential: claims.credential, userId: claims.userId, deviceId: claims.deviceId, address: asking.address };
  const passwordShown = claims.passwordVersion === room.passwordVersion;
  const entrance = await lookAtEntrance(deps, room, visitor, { passwordShown, isLetIn: claims.knockId !== null });
  const decision = decideEntry(entrance.facts);
  if (decision.kind === 'refuse') throw new EntryRefused(decision.code);
  if (decision.kind === 'wait') {
    const knocked = await deps.lobby.knock({ ...entrance, ticket, role: decision.role }, asking);
    return knocked === 'changed' ? knocked : { kind: 'lobby', knockId: knocked.knockId };
  }
  return sit(deps, data, { ...entrance, ticket, role: decision.role }, asking);
}

async function sit(
  deps: JoiningDeps,
  data: RequestParsed<'room.join'>,
  entrance: Entrance & { ticket: Ticket; role: RoleName },
  asking: Asking<Joined | Waiting>,
): Promise<Arrival | 'changed'> {
  const seated = await takeSeat(deps, entrance, asking.address).catch((error: unknown) => {
    throw isRefusal(error) ? new EntryRefused(error.code) : error;
  });
  const { session, by, participantId } = seated;
  try {
    const resumeToken = newSecret();
    const digests: ResumeDigests = { current: digestOf(resumeToken), previous: null };
    const media = await enter(deps, { ...seated, entrance, digests }, data);
    if (media === 'changed') {
      abandon(deps, seated);
      return 'changed';
    }
    // Whoever began the session may have read the room before a change that it was not told, because it was not there yet.
    if (!isPolicyOf(session.state().policy, entrance.room, entrance.roles)) await refreshRoom(deps, entrance.room.id);
    session.apply({ kind: 'join', participantId, connectionId: asking.connectionId }, () => {
      deps.live.setResumeDigests(seated, digests);
      asking.reply(joinedView(deps, seated, { resumeToken, media }));
    });
    const { knockId } = entrance.ticket.claims;
    if (knockId !== null) deps.lobby.entered(knockId);
    return { kind: 'seat', seat: { session, participantId, by } };
  } catch (error) {
    abandon(deps, seated);
    throw error;
  }
}

interface Seated extends PresentSeat {
  readonly profile: Profile;
}

/** Stores the participant and makes the media path at the same time. Neither goes on when this has ended. */
async function enter(
  deps: JoiningDeps,
  entrant: Seated & { entrance: Entrance & { ticket: Ticket }; digests: ResumeDigests },
  data: RequestParsed<'room.join'>,
): Promise<MediaAccess | 'changed'> {
  const { session, participantId, digests, by, entrance } = entrant;
  const { ticket, room, visitor } = entrance;
  const profile = session.state().joining.get(participantId) ?? entrant.profile;
  const { credential, userId } = visitor;
  const storing = deps.store.addParticipant({
    place: session.place,
    by,
    profile,
    ticketDigest: ticket.digest,
    externalId: credential.kind === 'token' ? credential.bearer.externalId : null,
    userId,
    resumeDigest: digests.current,
    entryEpoch: room.entryEpoch,
    alongside: async (tx) => {
      const { knockId } = ticket.claims;
      if (knockId !== null && !(await deps.lobby.markEntered(tx, knockId))) return false;
      if (credential.kind !== 'invite') return true;
      const use = { inviteId: credential.inviteId, holders: holdersOf(visitor), ...session.place, room, by, nowMs: deps.clock.nowMs() };
      return takeInvite(tx, deps.eventLog, use);
    },
  });
  const make = () => session.mediaPaths.make(profile.id, data);
  if (credential.kind === 'invite') {
    // Of many who use one first at the same moment only one comes in: the media node need not hear of the others.
    const outcome = await storing;
    if (outcome === 'spent') throw new AppError('invite_used');
    return outcome === 'changed' ? 'changed' : make();
  }
  const [stored, made] = await Promise.allSettled([storing, make()]);
  if (stored.status === 'rejected') throw stored.reason;
  if (stored.value === 'changed') return 'changed';
  if (stored.value === 'spent') throw new AppError('sign_in_required');
  if (made.status === 'rejected') throw made.reason;
  return made.value;
}

/**
 * Brings a participant back to the connection that shows their resume token; an older connection of theirs is closed.
 * The token given stays good until the new one has been used, so that a reply lost on its way locks nobody out. While the
 * database is away the token given is simply kept, and the event is stored when the database is back.
 * @throws AppError `sign_in_required` for a token that is unknown or of somebody who has left, `unavailable`.
 */
export async function resume(deps: JoiningDeps, data: RequestParsed<'room.resume'>, asking: Asking): Promise<PresentSeat> {
  await deps.live.doorsOpen();
  const found = deps.live.findByResumeDigest(digestOf(data.resumeToken));
  if (!found) throw new AppError('sign_in_required');
  const { session, participantId } = found;
  const { connectionId } = asking;
  session.apply({ kind: 'attach', participantId, connectionId });
  try {
    const participant = session.state().participants.get(participantId);
    if (!participant) throw new AppError('sign_in_required');
    const by = causeOf(participant, 'resume-token', asking.address);
    const keptMedia = data.keepMedia && participant.media === 'present';
    const media = keptMedia ? null : await session.mediaPaths.make(participantId, data);
    const resumed = deedOf(deps, { name: 'participant.resumed', by, ...session.place, data: { keptMedia } });
    const resumeToken = await rotate(deps, found, data.resumeToken, resumed);
    session.apply({ kind: 'ready', participantId, connectionId, freshMedia: !keptMedia }, () => {
      asking.reply(joinedView(deps, found, { resumeToken, media }));
    });
    return { session, participantId, by };
  } catch (error) {
    lose(found, connectionId, false);
    throw error;
  }
}

/** The connection of a participant is gone, with a goodbye if the page said that it goes away. */
export function lose({ session, participantId }: Seat, connectionId: ConnectionId, goodbye: boolean): void {
  if (!session.state().ended) session.apply({ kind: 'lose', participantId, connectionId, goodbye });
}

/** Who a newcomer is. What they may do follows from the policy of the session when they take their seat. */
function profileOf({ ticket, visitor, identity, role, facts }: Entrance & { ticket: Ticket; role: RoleName }): Profile {
  const { credential } = visitor;
  const { initials = null, avatar = null } = credential.kind === 'token' ? credential.bearer : {};
  const id = ParticipantId.parse(randomUUID());
  return {
    id,
    name: ticket.claims.name,
    initials,
    avatar,
    role,
    permissions: [],
    grants: { microphone: false, camera: false, screen: false, receive: true },
    overrides: {},
    handRaisedAtMs: null,
    joinedAtMs: facts.nowMs,
    person: identity.person ?? guestPerson(id),
    enteredBy: enteredBy(credential),
    identity,
  };
}

export function enteredBy({ kind }: Credential): EnteredBy {
  return ({ link: 'room-link', token: 'room-token', invite: 'invite', account: 'account' } as const)[kind];
}

async function takeSeat(
  deps: JoiningDeps,
  entrance: Entrance & { ticket: Ticket; role: RoleName },
  address: string | null,
): Promise<Seated> {
  const { room, roles, decided } = entrance;
  const profile = profileOf(entrance);
  const by = causeOf(profile, profile.enteredBy === 'account' ? 'cookie' : profile.enteredBy, address);
  const facts = { teamId: room.teamId, policy: policyOf(room, roles, decided) };
  let session = await deps.live.open(room.id, facts, by);
  // The last participant of the running session may have left while we waited for it: the next one is another meeting.
  while (session.state().ended) session = await deps.live.open(room.id, facts, by);
  session.apply({ kind: 'admit', profile, maxParticipants: room.settings.max_participants });
  return { session, participantId: profile.id, profile, by };
}

/** As whom somebody acts from now on. */
function causeOf({ id, person }: Profile, authenticatedBy: Cause['actor']['authenticatedBy'], address: string | null): Cause {
  return { actor: { kind: 'participant', id, authenticatedBy }, person, address };
}

function abandon(deps: JoiningDeps, { session, participantId, by }: PresentSeat): void {
  if (!session.state().ended) return session.apply({ kind: 'abandon', participantId }, undefined, by);
  // The media node and the database may have been told of the newcomer after they were told that the session is over.
  session.mediaPaths.remove(participantId);
  const leaving = { place: session.place, by, reason: 'session_ended', atMs: deps.clock.nowMs() } as const;
  session.storeLater('store.left', () => deps.store.markLeft(participantId, leaving));
}

async function rotate(
  deps: JoiningDeps,
  found: Seat & { digests: ResumeDigests },
  given: string,
  resumed: RepeatableEvent<'participant.resumed'>,
): Promise<string> {
  const resumeToken = newSecret();
  const digests: ResumeDigests = { current: digestOf(resumeToken), previous: digestOf(given) };
  const storing = found.session.resumeLane.run(() => deps.store.setResumeDigests(found.participantId, digests, resumed));
  if (!(await storedSoon(deps, storing))) {
    found.session.storeLater(resumed.name, () => deps.store.record(resumed));
    return given;
  }
  deps.live.setResumeDigests(found, digests);
  return resumeToken;
}

function joinedView(
  { lobby }: Pick<JoiningDeps, 'lobby'>,
  { session, participantId }: Seat,
  given: { resumeToken: string; media: MediaAccess | null },
): Joined {
  const state = session.state();
  const self = state.participants.get(participantId);
  if (!self) throw new AppError('internal');
  const { role, permissions, grants } = self;
  return {
    self: { participantId, role, permissions: [...permissions], grants, resumeToken: given.resumeToken },
    room: roomView(state),
    participants: rosterView(state),
    activeSpeakerId: state.activeSpeakerId,
    chat: session.chat.which((message) => mayRead(state, self, message)),
    lobby: permissions.includes('control_room_entry') ? lobby.listed(state.roomId) : [],
    media: given.media,
  };
}

/** Ends the participant's stay at their own wish. */
export function leave({ session, participantId, by }: PresentSeat): void {
  session.apply({ kind: 'leave', participantId }, undefined, by);
}

/** A new media path for somebody who is in the room; the one before is void. Media waits for no database: the event may be stored later. */
export async function restartMedia(
  deps: Pick<JoiningDeps, 'store' | 'clock' | 'timers'>,
  { session, participantId, by }: PresentSeat,
  data: RequestParsed<'media.restart'>,
  reply: (media: MediaAccess) => void,
): Promise<void> {
  const media = await session.mediaPaths.make(participantId, data);
  const restarted = deedOf(deps, { name: 'media.restarted', by, ...session.place, data: {} });
  if (!(await storedSoon(deps, deps.store.record(restarted)))) session.storeLater(restarted.name, () => deps.store.record(restarted));
  session.apply({ kind: 'media.replaced', participantId }, () => reply(media));
}
