import type { Actor } from '@conclave/protocol/events/event';
import type { ParticipantId, RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
import type { JournalEntry, JournalLine } from '@conclave/protocol/media-api/internal';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Db } from '../db/connection.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { guestPerson, type Person } from '../event-log/cause.ts';
import type { EventLog, NewEvent } from '../event-log/event-log.ts';
import type { JournalReader } from '../media-link/events.ts';
import { untilDone } from '../retry.ts';

/** Entries of one transaction: few enough that the keys of persons made in it are not locked for long. */
const BATCH = 100;

interface MediaJournalDeps {
  readonly db: Db;
  readonly eventLog: EventLog;
  readonly log: Log;
  readonly timers: Timers;
}

/**
 * Writes the media node's journal to the event log, in its order, and acknowledges what is committed. A database that is away is waited
 * for; the node keeps what waits. An entry that is told again is the same event. Dispose it after the stream of the node.
 */
export function createMediaJournal({ db, eventLog, log, timers }: MediaJournalDeps): JournalReader & AsyncDisposable {
  const stopping = new AbortController();
  let acknowledge = (_upTo: number): void => undefined;
  let waiting: JournalLine[] = [];
  let running: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    for (let batch = next(); batch.length > 0; batch = next()) {
      const { lines, tell } = { lines: batch, tell: acknowledge };
      const written = await untilDone(() => write(lines).then(() => true), {
        timers,
        signal: stopping.signal,
        onFailure: (error) => log.warn({ err: error, entries: lines.length }, "the media node's journal waits to be written"),
      });
      const last = lines.at(-1);
      if (written && last) tell(last.n);
    }
    running = undefined;
  }

  function next(): JournalLine[] {
    return stopping.signal.aborted ? [] : waiting.splice(0, BATCH);
  }

  function write(lines: readonly JournalLine[]): Promise<void> {
    return inTransaction(db, async (tx) => {
      const stays = await findStays(
        tx,
        lines.map(({ entry }) => entry),
      );
      await eventLog.appendAll(
        tx,
        lines.map(({ entry }) => eventOf(entry, stays)),
      );
    });
  }

  return {
    begin: (tellNode) => {
      acknowledge = tellNode;
      waiting = [];
    },
    take: (line) => {
      waiting.push(line);
      running ??= writeAll();
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** Where and who the entries of a batch are about; sessions and participants of a deleted room are not there any more. */
interface Stays {
  readonly places: ReadonlyMap<SessionId, { room: RoomId; team: TeamId }>;
  personOf(participantId: ParticipantId): Person;
}

async function findStays(tx: Tx, entries: readonly JournalEntry[]): Promise<Stays> {
  const sessionIds = [...new Set(entries.flatMap(({ sessionId }) => sessionId ?? []))];
  const participantIds = [...new Set(entries.flatMap(({ participantId }) => participantId ?? []))];
  if (participantIds.length === 0) return { places: new Map(), personOf: guestPerson };
  const sessions = await tx
    .selectFrom('sessions')
    .innerJoin('rooms', 'rooms.id', 'sessions.room_id')
    .select(['sessions.id', 'sessions.room_id', 'rooms.team_id'])
    .where('sessions.id', 'in', sessionIds)
    .execute();
  const participants = await tx.selectFrom('participants').select(['id', 'person']).where('id', 'in', participantIds).execute();
  const persons = new Map(participants.map(({ id, person }) => [id, person]));
  return {
    places: new Map(sessions.map(({ id, room_id: room, team_id: team }) => [id, { room, team }])),
    personOf: (id) => persons.get(id) ?? guestPerson(id),
  };
}

function eventOf(entry: JournalEntry, { places, personOf }: Stays): NewEvent {
  const { entryId: id, atMs, sessionId, participantId } = entry;
  const place = sessionId === null ? undefined : places.get(sessionId);
  const actor: Actor =
    participantId === null
      ? { kind: 'visitor', id: null, authenticatedBy: 'none' }
      : { kind: 'participant', id: participantId, authenticatedBy: 'capability' };
  const person = participantId === null ? null : personOf(participantId);
  const where = { id, atMs, session: sessionId, room: place?.room ?? null, team: place?.team ?? null };
  if (entry.kind === 'refused') {
    const { verb, count, code, address } = entry;
    return { name: 'request.refused', by: { actor, person, address }, data: { door: 'media', verb, count }, result: code, ...where };
  }
  const { kind: name, producerId, source } = entry;
  const by = { actor, person, address: null };
  const target = { kind: 'producer', id: producerId } as const;
  if (name === 'producer.opened') return { name, by, target, data: { producerId, source, paused: entry.paused }, ...where };
  return { name, by, target, data: { producerId, source }, ...where };
}
