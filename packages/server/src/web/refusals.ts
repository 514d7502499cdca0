import { ERRORS, type AppError } from '@conclave/protocol/errors';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { FastifyRequest } from 'fastify';
import { KNOWN, knownOf } from '../access/known.ts';
import { visitorCause } from '../event-log/cause.ts';
import type { Refusals } from '../event-log/refusals.ts';

const API = /^\/api(?:\/|$|\?)/;
const JOINING = /^\/api\/(?:join|entry)$/;

/** Lets every request carry what is known of it; before any route is mounted. */
export function rememberKnown(app: HttpsServer): void {
  app.decorateRequest(KNOWN, null);
}

/**
 * For `buildHttpsServer`: an `/api` request that is refused writes `request.refused` before it is answered. Wrong addresses of
 * pages and assets are no refusals, and neither are faults of ours.
 */
export function refusalWriter(refusals: Refusals): (request: FastifyRequest, error: AppError) => Promise<void> {
  return async (request, error) => {
    if (!API.test(request.url) || ERRORS[error.code].http >= 500) return;
    // Never the path itself, which anybody can write anything into.
    const pattern = request.routeOptions.url ?? '/api/*';
    const known = knownOf(request);
    await refusals.note({
      ...known,
      by: known.by ?? visitorCause(request.ip),
      door: JOINING.test(pattern) ? 'join' : 'rest',
      verb: `${request.method} ${pattern}`,
      result: error.code,
    });
  };
}
