import { AppError } from '@conclave/protocol/errors';
import type { KnockId } from '@conclave/protocol/ids';
import { REQUESTS, type RequestType } from '@conclave/protocol/signalling/messages';
import { VERBS, type Verb } from '@conclave/protocol/signalling/verbs';
import type { PresentSeat } from '../rooms/live-rooms.ts';
import type { Request } from './parse.ts';
import { decideActing } from './rules.ts';
import { ACTING, ENTERING, isActing, isEntering, isWaiting, WAITING, type Requester, type SignalDeps } from './table.ts';

/** How far a connection has come. */
export type Standing = { state: 'new' } | { state: 'lobby'; knockId: KnockId } | { state: 'joined'; seat: PresentSeat } | { state: 'left' };

interface AnyRequester {
  readonly connectionId: string;
  readonly address: string | null;
  isOpen(): boolean;
  reply(data: unknown): void;
}

/**
 * Answers one request by its row of `VERBS`, after the one check of type, state, shape and permission; what has no row is refused.
 * Resolves with where the connection stands afterwards.
 */
export async function dispatch(deps: SignalDeps, request: Request, standing: Standing, requester: AnyRequester): Promise<Standing> {
  const { type } = request;
  if (!isRequestType(type)) throw new AppError('bad_request', { details: { paths: ['type'] } });
  refuseState(VERBS[type], standing);
  const parsed = REQUESTS[type].data.safeParse(request.data);
  if (!parsed.success)
    throw new AppError('bad_request', { details: { paths: parsed.error.issues.map((issue) => ['data', ...issue.path].join('.')) } });
  const data = parsed.data as never; // handler and schema have the same key, which TypeScript cannot follow through a union
  const typed: Requester<never> = requester;
  if (standing.state !== 'joined') return enter(deps, type, data, standing, typed);
  await act(deps, type, data, standing.seat, typed);
  return standing.seat.session.state().participants.has(standing.seat.participantId) ? standing : { state: 'left' };
}

async function enter(deps: SignalDeps, type: RequestType, data: never, standing: Standing, requester: Requester<never>): Promise<Standing> {
  if (isEntering(type)) return ENTERING[type](deps, data, requester);
  if (standing.state !== 'lobby' || !isWaiting(type)) throw new AppError('internal');
  return WAITING[type](deps, data, requester, standing.knockId);
}

async function act(deps: SignalDeps, type: RequestType, data: never, seat: PresentSeat, requester: Requester<never>): Promise<void> {
  if (!isActing(type)) throw new AppError('internal');
  const verb: Verb = VERBS[type];
  const once = async () => {
    // Judged on the state at the moment in which the thing is done.
    const refusal = decideActing(verb, seat.session.state(), seat.participantId, data);
    if (refusal) throw new AppError(refusal);
    await ACTING[type](deps, data, requester, seat);
  };
  await (verb.isOrdered ? seat.session.lane.run(once) : once());
}

function refuseState({ states }: Verb, standing: Standing): void {
  if (standing.state === 'left') throw new AppError('session_ended');
  if (states.includes(standing.state)) return;
  if (standing.state === 'joined') throw new AppError('conflict');
  throw new AppError(
    standing.state === 'lobby' && states.includes('joined') ? 'not_allowed' : standing.state === 'lobby' ? 'conflict' : 'sign_in_required',
  );
}

/** What the event log calls a message: its type, unless the client made one up. */
export function verbOf(type: string): string {
  return isRequestType(type) ? type : 'unknown';
}

function isRequestType(type: string): type is RequestType {
  return Object.hasOwn(REQUESTS, type);
}
