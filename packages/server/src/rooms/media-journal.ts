import type { Actor } from '@conclave/protocol/events/event';
import type { ParticipantId, RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
import type { JournalEntry, JournalLine, JournalStart } from '@conclave/protocol/media-api/internal';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Db } from '../db/connection.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { guestPerson, type Person } from '../event-log/cause.ts';
import type { EventLog, NewEvent } from '../event-log/event-log.ts';
import type { JournalReader } from '../media-link/events.ts';
import { untilDone } from '../retry.ts';
import { closeLostProducers } from './lost-producers.ts';

/** Entries of one transaction: few enough that the keys of persons made in it are not locked for long. */
const BATCH = 100;

interface MediaJournalDeps {
  readonly db: Db;
  readonly eventLog: EventLog;
  readonly log: Log;
  readonly timers: Timers;
}

/** One connection to the node and how far its journal is written. */
interface Reading {
  readonly start: Pick<JournalStart, 'upTo' | 'producerIds'>;
  readonly waiting: JournalLine[];
  acknowledge(upTo: number): void;
  /** The place of the last line that is committed. */
  written: number;
  /** Whether producers that ended with a node before this one are closed in the log. */
  settled: boolean;
}

/** Lines to write, or none when it is time to settle. */
interface Step {
  readonly of: Reading;
  readonly lines: readonly JournalLine[];
}

/**
 * Writes the media node's journal to the event log, in its order, and acknowledges what is committed. A database that is away is waited
 * for; the node keeps what waits. An entry that is told again is the same event. What a node that died had open is closed when the next
 * one is there. Dispose it after the stream of the node.
 */
export function createMediaJournal({ db, eventLog, log, timers }: MediaJournalDeps): JournalReader & AsyncDisposable {
  const stopping = new AbortController();
  let reading: Reading | undefined;
  let busy = false;
  let running: Promise<void> | undefined;

  function wake(): void {
    if (busy) return;
    busy = true;
    running = writeAll();
  }

  async function writeAll(): Promise<void> {
    for (let step = nextStep(); step; step = nextStep()) {
      const { of, lines } = step;
      const task = lines.length > 0 ? () => write(lines) : () => settle(of);
      const done = await untilDone(() => task().then(() => true), { timers, signal: stopping.signal, onFailure });
      if (!done) break;
      of.settled ||= lines.length === 0;
      of.written = lines.at(-1)?.n ?? of.written;
      if (lines.length > 0) of.acknowledge(of.written);
    }
    busy = false;
  }

  function nextStep(): Step | undefined {
    if (!reading || stopping.signal.aborted) return undefined;
    const { start, waiting, written, settled } = reading;
    if (settled) return ofLines(reading, BATCH);
    const later = waiting.findIndex(({ n }) => n > start.upTo);
    if (written >= start.upTo || later === 0) return { of: reading, lines: [] };
    return ofLines(reading, later === -1 ? BATCH : Math.min(BATCH, later));
  }

  function ofLines(of: Reading, most: number): Step | undefined {
    const lines = of.waiting.splice(0, most);
    return lines.length > 0 ? { of, lines } : undefined;
  }

  function write(lines: readonly JournalLine[]): Promise<void> {
    return inTransaction(db, async (tx) => {
      const stays = await findStays(
        tx,
        lines.map(({ entry }) => entry),
      );
      for (const { entry } of lines) await eventLog.append(tx, eventOf(entry, stays));
    });
  }

  function settle({ start }: Reading): Promise<void> {
    return inTransaction(db, (tx) => closeLostProducers(tx, eventLog, start.producerIds));
  }

  function onFailure(error: unknown): void {
    log.warn({ err: error }, "the media node's journal waits to be written");
  }

  return {
    begin: (start, acknowledge) => {
      reading = { start, waiting: [], acknowledge, written: start.acknowledged, settled: false };
      wake();
    },
    take: (line) => {
      reading?.waiting.push(line);
      wake();
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
