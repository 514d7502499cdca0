import { AppError, ERRORS } from '@conclave/protocol/errors';
import type { Db } from '../db/connection.ts';
import { inTransaction } from '../db/transaction.ts';
import { visitorCause } from '../event-log/cause.ts';
import type { EventLog } from '../event-log/event-log.ts';
import type { Room } from './store.ts';
import { spendTicket, type Ticket } from './tickets.ts';

/** A refusal whose event is stored already. */
export class RecordedRefusal extends AppError {}

/** Whether somebody was refused; faults of ours (`internal`, `unavailable` and the like) are no refusals. */
export function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && ERRORS[error.code].http < 500;
}

interface RefusedEntry {
  readonly ticket: Ticket;
  readonly room: Room | null;
  readonly error: AppError;
  readonly address: string | null;
}

/** Uses up a ticket that does not let its bearer in, together with the event that says so. */
export async function refuseTicket(deps: { db: Db; eventLog: EventLog }, refused: RefusedEntry): Promise<RecordedRefusal> {
  const { ticket, room, error, address } = refused;
  await inTransaction(deps.db, async (tx) => {
    await spendTicket(tx, ticket.digest);
    await deps.eventLog.append(tx, {
      name: 'request.refused',
      by: visitorCause(address),
      team: room?.teamId ?? null,
      room: ticket.roomId,
      result: error.code,
      data: { door: 'signalling', verb: 'room.join', count: 1 },
    });
  });
  return new RecordedRefusal(error.code, { ...(error.details && { details: error.details }), cause: error });
}
