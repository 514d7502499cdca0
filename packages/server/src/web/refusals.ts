import { ERRORS, type AppError } from '@conclave/protocol/errors';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { FastifyRequest } from 'fastify';
import { KNOWN, knownOf } from '../access/known.ts';
import { visitorCause } from '../event-log/cause.ts';
import type { Refusal, Refusals } from '../event-log/refusals.ts';

const API = /^\/api(?:\/|$|\?)/;
/** What the media node refuses it journals itself; this is what does not get there. */
const TO_MEDIA = '/media/v1/*';
const JOINING = /^\/api\/(?:join|entry)$/;

/** Lets every request carry what is known of it; before any route is mounted. */
export function rememberKnown(app: HttpsServer): void {
  app.decorateRequest(KNOWN, null);
}

/**
 * For `buildHttpsServer`: a request to `/api`, or to the media node, that is refused here writes `request.refused` before it is answered. Wrong addresses of
 * pages and assets are no refusals, and neither are faults of ours.
 */
export function refusalWriter(refusals: Refusals): (request: FastifyRequest, error: AppError) => Promise<void> {
  return async (request, error) => {
    if (ERRORS[error.code].http >= 500) return;
    if (!API.test(request.url) && request.routeOptions.url !== TO_MEDIA) return;
    // Never the path itself, which anybody can write anything into.
    const pattern = request.routeOptions.url ?? '/api/*';
    const known = knownOf(request);
    await refusals.note({
      ...known,
      by: known.by ?? visitorCause(request.ip),
      door: doorOf(pattern),
      verb: `${request.method} ${pattern}`,
      result: error.code,
    });
  };
}

function doorOf(pattern: string): Refusal['door'] {
  if (pattern === TO_MEDIA) return 'media';
  return JOINING.test(pattern) ? 'join' : 'rest';
}
