import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { KnockId } from '@conclave/protocol/ids';
import type { ReplyData, RequestParsed } from '@conclave/protocol/signalling/messages';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { bumpEntryEpoch } from '../doors/entry-epoch.ts';
import { storeGone } from '../moderation/store.ts';
import { setControls, type ModerationDeps } from '../moderation/verbs.ts';
import type { Credential } from '../rooms/entry.ts';
import type { PresentSeat } from '../rooms/live-rooms.ts';
import type { Participant } from '../rooms/session-state.ts';
import { digestOf, newSecret, type TicketClaims } from '../rooms/tickets.ts';
import type { Knock, Lobby } from './lobby.ts';
import { insertKnock, type StoredKnock } from './store.ts';

export interface LobbyVerbDeps extends ModerationDeps {
  readonly lobby: Lobby;
}
interface Answer<R = object> {
  reply(data: R): void;
}

/** @throws AppError `not_found`, `conflict` when somebody else has decided. */
export async function admit(
  { lobby }: Pick<LobbyVerbDeps, 'lobby'>,
  { knockId }: RequestParsed<'lobby.admit'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  const admitted = await lobby.admit([waiting(lobby, seat, knockId)], seat.by);
  if (admitted.length === 0) throw new AppError('conflict');
  answer.reply({});
}

export async function admitAll(
  { lobby }: Pick<LobbyVerbDeps, 'lobby'>,
  _data: RequestParsed<'lobby.admit-all'>,
  answer: Answer<ReplyData<'lobby.admit-all'>>,
  { session, by }: PresentSeat,
): Promise<void> {
  answer.reply({ admitted: (await lobby.admit(lobby.waitingIn(session.place.room), by)).length });
}

/** @throws AppError `not_found`, `conflict` when somebody else has decided. */
export async function turnAway(
  { lobby }: Pick<LobbyVerbDeps, 'lobby'>,
  { knockId, word }: RequestParsed<'lobby.turn-away'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  await lobby.turnAway(waiting(lobby, seat, knockId), word || null, seat.by);
  answer.reply({});
}

/** Who is in stays in. Without a lobby nobody waits: who does is let in. */
export async function setLobby(
  deps: LobbyVerbDeps,
  { on }: RequestParsed<'room.set-lobby'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  await setControls(deps, seat, { isLobbyOn: on });
  if (!on) await deps.lobby.admit(deps.lobby.waitingIn(seat.session.place.room), seat.by);
  answer.reply({});
}

/** Somebody waits again who was in, until they are let in again, whichever door they come to. @throws AppError `conflict` for oneself */
export async function sendToLobby(
  deps: LobbyVerbDeps,
  { participantId }: RequestParsed<'participant.send-to-lobby'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  const { session, by } = seat;
  const target = session.state().participants.get(participantId);
  if (!target) throw new AppError('not_found');
  if (participantId === seat.participantId || session.place.team === null) throw new AppError('conflict');
  const { room: roomId, team: teamId } = session.place;
  const knockToken = newSecret();
  const knock = await inTransaction(deps.db, async (tx) => {
    const stored: StoredKnock = {
      id: KnockId.parse(randomUUID()),
      roomId,
      tokenDigest: digestOf(knockToken),
      name: target.name,
      claims: await claimsOf(tx, target),
      role: target.role,
      person: target.identity.person,
      sinceMs: deps.clock.nowMs(),
    };
    if (!(await storeGone(tx, participantId, stored.sinceMs))) throw new AppError('not_found');
    await insertKnock(tx, stored, { identity: target.identity, sentBackFrom: session.place.session });
    await bumpEntryEpoch(tx, roomId);
    const about = { by, ...session.place };
    await deps.eventLog.appendAll(tx, [
      { ...about, name: 'participant.left', target: { kind: 'participant', id: participantId }, data: { reason: 'sent_to_lobby' } },
      { ...about, name: 'knock.made', target: { kind: 'knock', id: stored.id }, data: { role: target.role, enteredBy: target.enteredBy } },
    ]);
    return stored;
  });
  const told = { type: 'lobby.sent-back', data: { waiting: { knockToken } } } as const;
  session.apply({ kind: 'tell', to: { participantIds: [participantId] }, notification: told });
  session.apply({ kind: 'expel', participantIds: [participantId], reason: 'sent_to_lobby' });
  deps.lobby.add({ ...knock, teamId });
  answer.reply({});
}

/** Back in the lobby on another connection; who was let in meanwhile gets the ticket. */
export async function lobbyResume(
  deps: LobbyVerbDeps,
  { knockToken }: RequestParsed<'lobby.resume'>,
  requester: Answer<ReplyData<'lobby.resume'>> & { readonly connectionId: string; readonly address: string | null },
): Promise<KnockId> {
  const knock = await deps.lobby.resume(knockToken, requester);
  const isIn = knock.state === 'admitted';
  requester.reply(isIn ? { admitted: { ticket: await deps.lobby.ticketFor(knock) } } : { waiting: { knockToken } });
  return knock.id;
}

export async function lobbyLeave(
  { lobby }: Pick<LobbyVerbDeps, 'lobby'>,
  _data: RequestParsed<'lobby.leave'>,
  answer: Answer,
  knockId: KnockId,
): Promise<void> {
  await lobby.leave(knockId, 'left');
  answer.reply({});
}

function waiting(lobby: Lobby, { session }: PresentSeat, knockId: KnockId): Knock {
  const knock = lobby.find(session.place.room, knockId);
  if (!knock) throw new AppError('not_found');
  return knock;
}

/** With what somebody who is in would come in again. */
async function claimsOf(tx: Tx, target: Participant): Promise<TicketClaims> {
  const { external_id: externalId, member_id: userId } = await tx
    .selectFrom('participants')
    .select(['external_id', 'member_id'])
    .where('id', '=', target.id)
    .executeTakeFirstOrThrow();
  const { name, identity } = target;
  const credential = credentialOf(target, { externalId, userId });
  return { name, credential, userId, deviceId: identity.deviceId, passwordVersion: null, knockId: null };
}

function credentialOf(target: Participant, stored: { externalId: string | null; userId: string | null }): Credential {
  const { name, initials, avatar, role, enteredBy, identity } = target;
  if (enteredBy === 'room-token')
    return { kind: 'token', bearer: { externalId: stored.externalId, name, initials, avatar, role, breakoutId: null } };
  if (enteredBy === 'invite' && identity.inviteId !== null) return { kind: 'invite', inviteId: identity.inviteId, name, role };
  // What the account may is asked again when it enters.
  if (enteredBy === 'account' && stored.userId !== null) return { kind: 'account', userId: stored.userId, name, teamRole: 'member' };
  return { kind: 'link' };
}
