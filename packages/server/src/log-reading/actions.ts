import { AppError } from '@conclave/protocol/errors';
import type { SessionId } from '@conclave/protocol/ids';
import { EventDetail, LogStatus, type EventView, type LogPage, type LogQuery } from '@conclave/protocol/rest/log';
import { countOpenAlerts } from '../alerts/store.ts';
import type { ServerContext } from '../context.ts';
import { inclusionProof } from '../event-log/tree.ts';
import { findRoomById } from '../rooms/store.ts';
import { roomName } from '../rooms/views.ts';
import { presentEvents, presentPage } from './present.ts';
import { findEntry, findPage, hasSession, logSize, type LogScope } from './store.ts';

type Ctx = Pick<ServerContext, 'db' | 'personKeys' | 'checkpoints'>;

/** Events that fit the filter, newest first. */
export async function readLog(ctx: Ctx, scope: LogScope, query: LogQuery): Promise<LogPage> {
  const { cursor, limit, ...filter } = query;
  return presentPage(ctx, await findPage(ctx.db, scope, filter, { order: 'newest', cursor, limit: limit + 1 }), limit);
}

/** What happened in a session, oldest first. @throws AppError `not_found` for a session of another team too */
export async function readSession(ctx: Ctx, scope: LogScope, session: SessionId, query: LogQuery): Promise<LogPage> {
  const { cursor, limit, ...filter } = query;
  const page = { order: 'oldest', cursor, limit: limit + 1 } as const;
  const entries = await findPage(ctx.db, scope, { ...filter, session }, page);
  if (entries.length === 0 && !(await hasSession(ctx.db, scope, session))) throw new AppError('not_found');
  return presentPage(ctx, entries, limit);
}

/** One event with its proof. @throws AppError `not_found` when it is another team's, was cut, or is none */
export async function readEvent(ctx: Ctx, scope: LogScope, seq: number): Promise<EventDetail> {
  const entry = await findEntry(ctx.db, scope, seq);
  if (entry === null) throw new AppError('not_found');
  const views = await presentEvents(ctx, [entry]);
  return EventDetail.parse({
    view: views[0],
    entry: entry.entry,
    leafHash: entry.leafHash.toString('base64'),
    proof: await proofOf(ctx, seq),
    roomName: await nameOfRoom(ctx, scope, views[0]?.room ?? null),
  });
}

/** How large the log is and what was signed of it last. */
export async function readStatus(ctx: Ctx, scope: LogScope): Promise<LogStatus> {
  const { origin, verifierKey, status } = ctx.checkpoints;
  const [size, openAlerts] = await Promise.all([logSize(ctx.db), countOpenAlerts(ctx.db, scope)]);
  return LogStatus.parse({ size, origin, publicKey: verifierKey, openAlerts, ...status() });
}

async function proofOf({ db, checkpoints }: Ctx, seq: number): Promise<EventDetail['proof']> {
  const { checkpoint } = checkpoints.status();
  if (checkpoint === null || checkpoint.size <= seq) return null;
  const path = await inclusionProof(db, seq, checkpoint.size);
  return { size: checkpoint.size, path: path.map((hash) => hash.toString('base64')), checkpoint: checkpoint.note };
}

async function nameOfRoom({ db }: Ctx, { team }: LogScope, id: EventView['room']): Promise<string | null> {
  const room = id === null ? null : await findRoomById(db, id);
  return room?.teamId === team ? roomName(room) : null;
}
