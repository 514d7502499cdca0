import type { EventData } from '@conclave/protocol/events/names';
import type { Target } from '@conclave/protocol/events/event';
import type { RoomId, TeamId } from '@conclave/protocol/ids';
import type { FastifyRequest } from 'fastify';
import type { Cause } from '../event-log/cause.ts';

/** What is known of a request by the time it is refused: its event says it. */
export interface Known {
  readonly by?: Cause;
  readonly team?: TeamId | null;
  readonly room?: RoomId | null;
  readonly target?: Target;
  readonly reason?: EventData<'request.refused'>['reason'];
}

/** The name of the decorator; `web/refusals.ts` puts it on every request. */
export const KNOWN = 'known';

/** Adds to what is known of a request. */
export function learn(request: FastifyRequest, known: Known): void {
  request.setDecorator(KNOWN, { ...knownOf(request), ...known });
}

export function knownOf(request: FastifyRequest): Known {
  // A request whose address cannot be read comes without what the app gives to others.
  return KNOWN in request ? (request.getDecorator<Known | null>(KNOWN) ?? {}) : {};
}
