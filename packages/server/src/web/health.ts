import { sql } from 'kysely';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { Db } from '../db/connection.ts';
import type { Checkpoints } from '../event-log/checkpoints.ts';
import type { RelayState } from '../turn/relay-watch.ts';

interface HealthOptions {
  db: Db;
  checkpoints: Pick<Checkpoints, 'status'>;
  isMediaConnected(): boolean;
  relayState(): Promise<RelayState>;
}

/**
 * `GET /healthz`: 200 when a meeting can be held, otherwise 503 with the parts that are away. Beside it, and holding up no
 * meeting: `eventLog` when the log is not signed as it should be, `relay` when who has nothing but HTTPS has no sound and picture.
 */
export async function healthRoute(app: HttpsServer, { db, checkpoints, isMediaConnected, relayState }: HealthOptions): Promise<void> {
  app.get('/healthz', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
    const away = [...((await answers(db)) ? [] : ['database']), ...(isMediaConnected() ? [] : ['media node'])];
    const { publishing } = checkpoints.status();
    const relay = await relayState();
    const beside = { ...(publishing !== 'current' && { eventLog: publishing }), ...(relay !== 'up' && { relay }) };
    return away.length === 0 ? { status: 'ok', ...beside } : reply.code(503).send({ status: 'unavailable', away, ...beside });
  });
}

async function answers(db: Db): Promise<boolean> {
  try {
    await sql`select 1`.execute(db);
    return true;
  } catch {
    return false; // the reason was logged where the connection broke
  }
}
