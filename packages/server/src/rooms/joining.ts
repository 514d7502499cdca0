import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { ParticipantId } from '@conclave/protocol/ids';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import type { Joined, RequestParsed } from '@conclave/protocol/signalling/messages';
import type { Background } from '@conclave/runtime/background';
import type { Clock } from '@conclave/runtime/clock';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Access } from '../access/authenticate.ts';
import type { Db } from '../db/connection.ts';
import { externalPerson, guestPerson, type Cause } from '../event-log/cause.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { deedOf, storedSoon } from './deeds.ts';
import { decideEntry } from './entry.ts';
import type { LiveRegistry, PresentSeat, Seat } from './live-rooms.ts';
import { isRefusal, refuseTicket } from './refused-entry.ts';
import type { ConnectionId, Profile } from './session-state.ts';
import type { RepeatableEvent, ResumeDigests, SessionStore } from './session-store.ts';
import { findRoomById, type Room } from './store.ts';
import { digestOf, newSecret, readTicket, type Ticket } from './tickets.ts';
import { roomName, roomView, rosterView } from './views.ts';

export interface JoiningDeps {
  readonly db: Db;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly log: Log;
  readonly background: Background;
  readonly store: SessionStore;
  readonly live: LiveRegistry;
  readonly eventLog: EventLog;
  readonly access: Pick<Access, 'keys'>;
}

/** The connection that asks. `reply` sends at once, ahead of any notification. */
export interface Asking {
  readonly connectionId: ConnectionId;
  /** IPv4 or IPv6 of the client; null when the connection is gone already. */
  readonly address: string | null;
  isOpen(): boolean;
  reply(joined: Joined): void;
}

/**
 * Lets the bearer of a ticket in: entry is decided anew, the participant is stored while the media path is made, and only then
 * does anybody see the newcomer.
 * @throws AppError `sign_in_required` for a ticket that is used, late or unknown, the codes of `decideEntry`, `unavailable`.
 */
export async function join(deps: JoiningDeps, data: RequestParsed<'room.join'>, asking: Asking): Promise<PresentSeat> {
  await deps.live.doorsOpen();
  const ticket = await readTicket(deps.db, data.ticket, deps.clock.nowMs());
  if (!ticket) throw new AppError('sign_in_required');
  const room = await findRoomById(deps.db, ticket.roomId);
  const seated = await takeSeat(deps, { room, ticket, address: asking.address }).catch(async (error: unknown) => {
    throw isRefusal(error) ? await refuseTicket(deps, { ticket, room, error, address: asking.address }) : error;
  });
  const { session, by } = seated;
  try {
    const resumeToken = newSecret();
    const digests: ResumeDigests = { current: digestOf(resumeToken), previous: null };
    const media = await enter(deps, { ...seated, ticket, digests }, data);
    session.apply({ kind: 'join', participantId: seated.participantId, connectionId: asking.connectionId }, () => {
      deps.live.setResumeDigests(seated, digests);
      asking.reply(joinedView(seated, { resumeToken, media, afterChatSeq: 0 }));
    });
    return { session, participantId: seated.participantId, by };
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
  entrant: Seated & { ticket: Ticket; digests: ResumeDigests },
  data: RequestParsed<'room.join'>,
): Promise<MediaAccess> {
  const { session, profile, ticket, digests, by } = entrant;
  const storing = deps.store.addParticipant({
    place: session.place,
    by,
    profile,
    ticketDigest: ticket.digest,
    externalId: ticket.claims.bearer?.externalId ?? null,
    resumeDigest: digests.current,
  });
  const [stored, made] = await Promise.allSettled([storing, session.mediaPaths.make(profile.id, data.rtpCapabilities)]);
  if (stored.status === 'rejected') throw stored.reason;
  if (!stored.value) throw new AppError('sign_in_required');
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
    const media = keptMedia ? null : await session.mediaPaths.make(participantId, data.rtpCapabilities);
    const resumed = deedOf(deps, { name: 'participant.resumed', by, ...session.place, data: { keptMedia } });
    const resumeToken = await rotate(deps, found, data.resumeToken, resumed);
    session.apply({ kind: 'ready', participantId, connectionId, freshMedia: !keptMedia }, () => {
      asking.reply(joinedView(found, { resumeToken, media, afterChatSeq: data.afterChatSeq }));
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

interface Entrance {
  readonly room: Room | null;
  readonly ticket: Ticket;
  readonly address: string | null;
}

function admit(deps: JoiningDeps, room: Room, { claims }: Ticket): Profile {
  const { bearer, name } = claims;
  const nowMs = deps.clock.nowMs();
  const entry = decideEntry({ settings: room.settings, bearer, seatsTaken: deps.live.seatsTaken(room.id), nowMs });
  if (!entry.ok) throw new AppError(entry.code);
  const { initials = null, avatar = null, externalId = null } = bearer ?? {};
  const id = ParticipantId.parse(randomUUID());
  const person = externalId === null ? guestPerson(id) : externalPerson(deps.access.keys.lookup, room.teamId, externalId);
  const enteredBy = bearer ? 'room-token' : 'room-link';
  return { id, name, initials, avatar, person, enteredBy, joinedAtMs: nowMs, ...entry.admission };
}

async function takeSeat(deps: JoiningDeps, { room, ticket, address }: Entrance): Promise<Seated> {
  if (!room) throw new AppError('not_found');
  const profile = admit(deps, room, ticket);
  const by = causeOf(profile, profile.enteredBy, address);
  let session = await deps.live.open(room.id, { teamId: room.teamId, name: roomName(room), friendlyUrl: room.friendlyUrl }, by);
  // The last participant of the running session may have left while we waited for it: the next one is another meeting.
  while (session.state().ended) session = await deps.live.open(room.id, session.room, by);
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
  { session, participantId }: Seat,
  given: { resumeToken: string; media: MediaAccess | null; afterChatSeq: number },
): Joined {
  const state = session.state();
  const self = state.participants.get(participantId);
  if (!self) throw new AppError('internal');
  const { role, permissions, grants } = self;
  return {
    self: { participantId, role, permissions: [...permissions], grants, resumeToken: given.resumeToken },
    room: roomView(session.room, state),
    participants: rosterView(state),
    activeSpeakerId: state.activeSpeakerId,
    chat: permissions.includes('general_chat') ? session.chat.after(given.afterChatSeq) : [],
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
  const media = await session.mediaPaths.make(participantId, data.rtpCapabilities);
  const restarted = deedOf(deps, { name: 'media.restarted', by, ...session.place, data: {} });
  if (!(await storedSoon(deps, deps.store.record(restarted)))) session.storeLater(restarted.name, () => deps.store.record(restarted));
  session.apply({ kind: 'media.replaced', participantId }, () => reply(media));
}

/** Stores the new name, then shows it to everybody. The name that one has already is no change. */
export async function rename(deps: Pick<JoiningDeps, 'store'>, { session, participantId, by }: PresentSeat, name: string): Promise<void> {
  const formerName = session.state().participants.get(participantId)?.name;
  if (formerName === undefined) throw new AppError('session_ended');
  if (formerName === name) return;
  await deps.store.rename(participantId, { place: session.place, by, name, formerName });
  session.apply({ kind: 'rename', participantId, name });
}
