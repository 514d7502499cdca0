import type { Background } from '@conclave/runtime/background';
import type { Clock } from '@conclave/runtime/clock';
import type { Config } from '@conclave/runtime/config';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Access } from './access/authenticate.ts';
import type { Db } from './db/connection.ts';
import type { Checkpoints } from './event-log/checkpoints.ts';
import type { EventLog } from './event-log/event-log.ts';
import type { PersonKeys } from './event-log/person-keys.ts';
import type { Refusals } from './event-log/refusals.ts';
import type { Sequencer } from './event-log/sequencer.ts';
import type { Outbox } from './mail/outbox.ts';
import type { LiveRooms } from './rooms/live-rooms.ts';

/** What every concept of the server is given; there is no global state beside it. */
export interface ServerContext {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly background: Background;
  readonly db: Db;
  /** Every change of state and every refusal is written to it. */
  readonly eventLog: EventLog;
  /** Takes note of what is refused. */
  readonly refusals: Refusals;
  readonly personKeys: PersonKeys;
  /** For those that follow the log. */
  readonly sequencer: Pick<Sequencer, 'onSequenced'>;
  /** Whether the log is signed as it should be, and by which key. */
  readonly checkpoints: Checkpoints;
  readonly mail: Outbox;
  /** Who is who: master keys, members' sign-in, limits on trying. Made by `createAccess`. */
  readonly access: Access;
  /** Scheme, host and port of the plain host, as browsers show it; further teams are on `<slug>.` of that host. */
  readonly origin: string;
  /** The sessions that are running in this process. */
  readonly live: LiveRooms;
}
