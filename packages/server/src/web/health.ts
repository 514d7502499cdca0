import { sql } from 'kysely';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { Db } from '../db/connection.ts';
import type { Checkpoints } from '../event-log/checkpoints.ts';

interface HealthOptions {
  db: Db;
  checkpoints: Pick<Checkpoints, 'status'>;
  isMediaConnected(): boolean;
}

/**
 * `GET /healthz`: 200 when a meeting can be held, otherwise 503 with the parts that are away. `eventLog` says beside it that the log is
 * not signed as it should be, which holds up no meeting.
 */
export async function healthRoute(app: HttpsServer, { db, checkpoints, isMediaConnected }: HealthOptions): Promise<void> {
  app.get('/healthz', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
    const away = [...((await answers(db)) ? [] : ['database']), ...(isMediaConnected() ? [] : ['media node'])];
    const { publishing } = checkpoints.status();
    const eventLog = publishing === 'current' ? {} : { eventLog: publishing };
    return away.length === 0 ? { status: 'ok', ...eventLog } : reply.code(503).send({ status: 'unavailable', away, ...eventLog });
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
