import type { Clock } from '@conclave/runtime/clock';
import type { Log } from '@conclave/runtime/log';
import type { Secret } from '@conclave/runtime/secret';
import type { Timers } from '@conclave/runtime/timers';
import type { Db } from '../db/connection.ts';
import { createEventLog, type EventLog } from './event-log.ts';
import { createPersonKeys, type PersonKeys } from './person-keys.ts';
import { startSequencer, type Sequencer } from './sequencer.ts';

/** The event log as a running server has it. */
export interface RunningEventLog extends AsyncDisposable {
  readonly eventLog: EventLog;
  readonly personKeys: PersonKeys;
  readonly sequencer: Pick<Sequencer, 'onSequenced' | 'wake'>;
}

interface Options {
  readonly db: Db;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  /** `MasterKeys.persons` */
  readonly wrapping: Secret;
}

/** Makes what gives events their place; call `sequencer.wake` once the schema is there. A database that is away is waited for. */
export function startEventLog({ db, log, clock, timers, wrapping }: Options): RunningEventLog {
  const personKeys = createPersonKeys(wrapping, clock);
  const sequencer = startSequencer({ db, log, timers });
  const eventLog = createEventLog({ clock, personKeys, onAppended: sequencer.wake });
  return { eventLog, personKeys, sequencer, [Symbol.asyncDispose]: () => sequencer[Symbol.asyncDispose]() };
}
