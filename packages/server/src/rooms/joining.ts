import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { ParticipantId } from '@conclave/protocol/ids';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import type { Joined, RequestParsed } from '@conclave/protocol/signalling/messages';
import type { Background } from '@conclave/runtime/background';
import type { Clock } from '@conclave/runtime/clock';
import type { Log } from '@conclave/runtime/log';
import type { Db } from '../db/connection.ts';
import { decideEntry } from './entry.ts';
import type { LiveRegistry, Seat } from './live-rooms.ts';
import type { ConnectionId, Profile } from './session-state.ts';
import type { ResumeDigests, SessionStore } from './session-store.ts';
import { findRoomById, type Room } from './store.ts';
import { digestOf, newSecret, takeTicket, type TicketClaims } from './tickets.ts';
import { roomName, roomView, rosterView } from './views.ts';

export interface JoiningDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly background: Background;
  readonly store: SessionStore;
  readonly live: LiveRegistry;
}

/** The connection that asks. `reply` sends at once, ahead of any notification. */
export interface Asking {
  readonly connectionId: ConnectionId;
  isOpen(): boolean;
  reply(joined: Joined): void;
}

/**
 * Lets the bearer of a ticket in: entry is decided anew, the participant is stored, the media path is made, and only then
 * does anybody see the newcomer.
 * @throws AppError `sign_in_required` for a ticket that is used, late or unknown, the codes of `decideEntry`, `unavailable`.
 */
export async function join(deps: JoiningDeps, data: RequestParsed<'room.join'>, asking: Asking): Promise<Seat> {
  await deps.live.doorsOpen();
  const taken = await takeTicket(deps.db, data.ticket, deps.clock.nowMs());
  if (!taken) throw new AppError('sign_in_required');
  const room = await findRoomById(deps.db, taken.roomId);
  if (!room) throw new AppError('not_found');
  const profile = admit(deps, room, taken.claims);
  const seat = await takeSeat(deps, room, profile);
  const { session } = seat;
  try {
    const resumeToken = newSecret();
    const digests: ResumeDigests = { current: digestOf(resumeToken), previous: null };
    const { sessionId } = session.state();
    await deps.store.addParticipant(sessionId, {
      profile,
      externalId: taken.claims.bearer?.externalId ?? null,
      resumeDigest: digests.current,
    });
    const media = await session.mediaPaths.make(profile.id, data.rtpCapabilities);
    if (!asking.isOpen()) throw new AppError('session_ended');
    session.apply({ kind: 'join', participantId: profile.id, connectionId: asking.connectionId }, () => {
      deps.live.setResumeDigests(seat, digests);
      asking.reply(joinedView(seat, { resumeToken, media, afterChatSeq: 0 }));
    });
    return seat;
  } catch (error) {
    abandon(seat);
    throw error;
  }
}

/**
 * Brings a participant back to the connection that shows their resume token; an older connection of theirs is closed.
 * The token given stays good until the new one has been used, so that a reply lost on its way locks nobody out. While the
 * database is away the token given is simply kept.
 * @throws AppError `sign_in_required` for a token that is unknown or of somebody who has left, `unavailable`.
 */
export async function resume(deps: JoiningDeps, data: RequestParsed<'room.resume'>, asking: Asking): Promise<Seat> {
  await deps.live.doorsOpen();
  const found = deps.live.findByResumeDigest(digestOf(data.resumeToken));
  if (!found) throw new AppError('sign_in_required');
  const { session, participantId } = found;
  const { connectionId } = asking;
  session.apply({ kind: 'attach', participantId, connectionId });
  try {
    const resumeToken = await rotate(deps, found, data.resumeToken);
    const keeps = data.keepMedia && session.state().participants.get(participantId)?.media === 'present';
    const media = keeps ? null : await session.mediaPaths.make(participantId, data.rtpCapabilities);
    session.apply({ kind: 'ready', participantId, connectionId, freshMedia: media !== null }, () => {
      asking.reply(joinedView(found, { resumeToken, media, afterChatSeq: data.afterChatSeq }));
    });
    return { session, participantId };
  } catch (error) {
    lose(found, connectionId, false);
    throw error;
  }
}

/** The connection of a participant is gone, with a goodbye if the page said that it goes away. */
export function lose({ session, participantId }: Seat, connectionId: ConnectionId, goodbye: boolean): void {
  if (!session.state().ended) session.apply({ kind: 'lose', participantId, connectionId, goodbye });
}

function admit(deps: JoiningDeps, room: Room, claims: TicketClaims): Profile {
  const nowMs = deps.clock.nowMs();
  const entry = decideEntry({ settings: room.settings, bearer: claims.bearer, seatsTaken: deps.live.seatsTaken(room.id), nowMs });
  if (!entry.ok) throw new AppError(entry.code);
  const { initials = null, avatar = null } = claims.bearer ?? {};
  return { id: ParticipantId.parse(randomUUID()), name: claims.name, initials, avatar, joinedAtMs: nowMs, ...entry.admission };
}

async function takeSeat(deps: JoiningDeps, room: Room, profile: Profile): Promise<Seat> {
  let session = await deps.live.open(room.id, { name: roomName(room), friendlyUrl: room.friendlyUrl });
  // The last participant of the running session may have left while we waited for it: the next one is another meeting.
  while (session.state().ended) session = await deps.live.open(room.id, session.room);
  session.apply({ kind: 'admit', profile, maxParticipants: room.settings.max_participants });
  return { session, participantId: profile.id };
}

function abandon({ session, participantId }: Seat): void {
  // The media node may have been told to make the path after it was told that the session is over.
  if (session.state().ended) session.mediaPaths.remove(participantId);
  else session.apply({ kind: 'abandon', participantId });
}

async function rotate(deps: JoiningDeps, found: Seat & { digests: ResumeDigests }, given: string): Promise<string> {
  const resumeToken = newSecret();
  const digests: ResumeDigests = { current: digestOf(resumeToken), previous: digestOf(given) };
  try {
    await deps.store.setResumeDigests(found.participantId, digests);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'unavailable')) throw error;
    deps.log.warn({ err: error }, 'a resume token could not be replaced');
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
export function leave({ session, participantId }: Seat): void {
  session.apply({ kind: 'leave', participantId });
}

/** A new media path for somebody who is in the room; the one before is void. */
export async function restartMedia(
  { session, participantId }: Seat,
  data: RequestParsed<'media.restart'>,
  reply: (media: MediaAccess) => void,
): Promise<void> {
  const media = await session.mediaPaths.make(participantId, data.rtpCapabilities);
  session.apply({ kind: 'media.replaced', participantId }, () => reply(media));
}

/** Stores the new name, then shows it to everybody. */
export async function rename(deps: Pick<JoiningDeps, 'store'>, seat: Seat, name: string): Promise<void> {
  await deps.store.rename(seat.participantId, name);
  seat.session.apply({ kind: 'rename', participantId: seat.participantId, name });
}
