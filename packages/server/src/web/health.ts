import { sql } from 'kysely';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { Db } from '../db/connection.ts';

interface HealthOptions {
  db: Db;
  isMediaConnected(): boolean;
}

/** `GET /healthz`: 200 when a meeting can be held, otherwise 503 with the parts that are away. */
export async function healthRoute(app: HttpsServer, { db, isMediaConnected }: HealthOptions): Promise<void> {
  app.get('/healthz', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
    const away = [...((await answers(db)) ? [] : ['database']), ...(isMediaConnected() ? [] : ['media node'])];
    return away.length === 0 ? { status: 'ok' } : reply.code(503).send({ status: 'unavailable', away });
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
