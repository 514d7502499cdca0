import type { Background } from '@conclave/runtime/background';
import type { Clock } from '@conclave/runtime/clock';
import type { Config } from '@conclave/runtime/config';
import type { Log } from '@conclave/runtime/log';
import type { Access } from './access/authenticate.ts';
import type { Db } from './db/connection.ts';
import type { LiveRooms } from './rooms/live-rooms.ts';

/** What every concept of the server is given; there is no global state beside it. */
export interface ServerContext {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly background: Background;
  readonly db: Db;
  /** Who is who: master keys, members' sign-in, limits on trying. Made by `createAccess`. */
  readonly access: Access;
  /** Scheme, host and port of the plain host, as browsers show it; further teams are on `<slug>.` of that host. */
  readonly origin: string;
  /** The sessions that are running in this process. */
  readonly live: LiveRooms;
}
