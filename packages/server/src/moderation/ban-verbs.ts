import { AppError } from '@conclave/protocol/errors';
import type { InviteId, KnockId, ParticipantId, RoomId, SessionId } from '@conclave/protocol/ids';
import type { ReplyData, RequestParsed } from '@conclave/protocol/signalling/messages';
import type { Db } from '../db/connection.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { insertBan, listBans, markLifted } from '../doors/bans.ts';
import { bumpEntryEpoch } from '../doors/entry-epoch.ts';
import type { Identity } from '../doors/identity.ts';
import type { NewEvent } from '../event-log/event-log.ts';
import type { PresentSeat } from '../rooms/live-rooms.ts';
import type { Profile } from '../rooms/session-state.ts';
import type { ModerationDeps } from './verbs.ts';

export interface BanDeps extends ModerationDeps {
  /** The lobby forgets whom a ban has put out. */
  readonly lobby: { forget(knockIds: readonly KnockId[], code: 'banned'): void; matching(roomId: RoomId, identity: Identity): KnockId[] };
}
interface Answer<R> {
  reply(data: R): void;
}

/**
 * Puts somebody out and keeps them out: everything of theirs in this session ends, whoever else is known by the same account, token
 * identity, invite or device goes too, and no door lets them in again. An address alone keeps out and puts nobody out: others who
 * share it are in. @throws AppError `conflict` for oneself
 */
export async function banParticipant(
  deps: BanDeps,
  data: RequestParsed<'participant.ban'>,
  answer: Answer<ReplyData<'participant.ban'>>,
  seat: PresentSeat,
): Promise<void> {
  const { session, participantId: actorId } = seat;
  const { participants } = session.state();
  const [target, actor] = [participants.get(data.participantId), participants.get(actorId)];
  if (!target || !actor) throw new AppError('not_found');
  const inviteId = await personalInvite(deps.db, target.identity.inviteId);
  const certain: Identity = { ...target.identity, inviteId, network: null };
  const identity: Identity = { ...certain, network: data.address ? target.identity.network : null };
  // Somebody who shares the device of the one who bans would put that one out too.
  if (target.id === actorId || isKnownBy(actor, certain)) throw new AppError('conflict');
  const nowMs = deps.clock.nowMs();
  const { room, session: sessionId } = session.place;
  const whoIsOut = () =>
    [...session.state().participants.values(), ...session.state().joining.values()]
      .filter((profile) => profile.id === target.id || isKnownBy(profile, certain))
      .map(({ id }) => id);
  const knocks = deps.lobby.matching(room, certain);
  const ban = await inTransaction(deps.db, async (tx) => {
    const { name, reason } = { name: target.name, reason: data.reason || null };
    const stored = await insertBan(tx, {
      roomId: room,
      sessionId: data.lasts === 'session' ? sessionId : null,
      name,
      reason,
      identity,
      nowMs,
    });
    await bumpEntryEpoch(tx, room);
    // From here on nobody else is stored as entered; who was, is in the session by now.
    const left = await storeAllGone(tx, sessionId, whoIsOut(), nowMs);
    const { lasts, matches } = stored;
    await deps.eventLog.appendAll(tx, [
      { name: 'ban.created', by: seat.by, ...session.place, target: { kind: 'ban', id: stored.id }, data: { lasts, matches } },
      ...left.map((id): NewEvent<'participant.left'> => ({
        name: 'participant.left',
        by: seat.by,
        ...session.place,
        target: { kind: 'participant', id },
        data: { reason: 'banned' },
      })),
      ...(await storeKnocksGone(tx, knocks, nowMs)).map((id): NewEvent<'knock.left'> => ({
        name: 'knock.left',
        by: seat.by,
        ...session.place,
        target: { kind: 'knock', id },
        data: { reason: 'banned' },
      })),
    ]);
    return stored;
  });
  deps.lobby.forget(knocks, 'banned');
  session.apply({ kind: 'expel', participantIds: whoIsOut(), reason: 'banned' });
  answer.reply({ ban });
}

export async function listBansVerb(
  deps: ModerationDeps,
  _data: RequestParsed<'ban.list'>,
  answer: Answer<ReplyData<'ban.list'>>,
  { session }: PresentSeat,
): Promise<void> {
  answer.reply({ bans: await listBans(deps.db, session.place.room) });
}

export async function liftBan(
  deps: ModerationDeps,
  { banId }: RequestParsed<'ban.lift'>,
  answer: Answer<object>,
  { session, by }: PresentSeat,
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    if (!(await markLifted(tx, session.place.room, banId, deps.clock.nowMs()))) throw new AppError('not_found');
    await deps.eventLog.append(tx, { name: 'ban.lifted', by, ...session.place, target: { kind: 'ban', id: banId }, data: {} });
  });
  answer.reply({});
}

/** An invite stands for somebody only if it is for one person. */
async function personalInvite(db: Db, id: InviteId | null): Promise<InviteId | null> {
  if (id === null) return null;
  const invite = await db.selectFrom('invites').select('max_persons').where('id', '=', id).executeTakeFirst();
  return invite?.max_persons === 1 ? id : null;
}

/** Whether somebody is known by any of what an identity holds. */
function isKnownBy({ identity }: Pick<Profile, 'identity'>, by: Identity): boolean {
  return (['person', 'inviteId', 'deviceId', 'network'] as const).some((field) => by[field] !== null && identity[field] === by[field]);
}

async function storeAllGone(tx: Tx, sessionId: SessionId, ids: readonly ParticipantId[], nowMs: number): Promise<ParticipantId[]> {
  const rows = await tx
    .updateTable('participants')
    .set({ left_at: new Date(nowMs) })
    .where('session_id', '=', sessionId)
    .where('id', 'in', [...ids])
    .where('left_at', 'is', null)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

async function storeKnocksGone(tx: Tx, ids: readonly KnockId[], nowMs: number): Promise<KnockId[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .updateTable('knocks')
    .set({ state: 'left', decided_at: new Date(nowMs) })
    .where('id', 'in', [...ids])
    .where('state', 'in', ['waiting', 'admitted'])
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}
