import { AppError } from '@conclave/protocol/errors';
import { REQUESTS, type RequestType } from '@conclave/protocol/signalling/messages';
import type { JoiningDeps } from '../rooms/joining.ts';
import type { PresentSeat } from '../rooms/live-rooms.ts';
import { refusalFor } from '../rooms/rules.ts';
import type { Request } from './parse.ts';
import { REQUEST_TABLE, type Requester } from './table.ts';

/** How far a connection has come. */
export type Standing = { state: 'new' } | { state: 'joined'; seat: PresentSeat } | { state: 'left' };

interface AnyRequester {
  readonly connectionId: string;
  readonly address: string | null;
  isOpen(): boolean;
  reply(data: unknown): void;
}

/**
 * Answers one request by its row of the table, after the one check of type, state, shape and permission; what has no row is refused.
 * Resolves with where the connection stands afterwards.
 */
export async function dispatch(deps: JoiningDeps, request: Request, standing: Standing, requester: AnyRequester): Promise<Standing> {
  const { type } = request;
  if (!isRequestType(type)) throw new AppError('bad_request', { details: { paths: ['type'] } });
  return answer(deps, type, request.data, standing, requester);
}

async function answer(
  deps: JoiningDeps,
  type: RequestType,
  input: unknown,
  standing: Standing,
  requester: AnyRequester,
): Promise<Standing> {
  const row = REQUEST_TABLE[type];
  refuseState(row.state, standing);
  const parsed = REQUESTS[type].data.safeParse(input);
  if (!parsed.success)
    throw new AppError('bad_request', { details: { paths: parsed.error.issues.map((issue) => ['data', ...issue.path].join('.')) } });
  const data = parsed.data as never; // row and schema have the same key, which TypeScript cannot follow through a union
  const typed: Requester<never> = requester;
  if (row.state === 'new') return { state: 'joined', seat: await row.handle(deps, data, typed) };
  if (standing.state !== 'joined') throw new AppError('internal');
  const { seat } = standing;
  const refusal = refusalFor(seat.session.state(), seat.participantId, row.permission);
  if (refusal) throw new AppError(refusal);
  await row.handle(deps, data, typed, seat);
  return seat.session.state().participants.has(seat.participantId) ? standing : { state: 'left' };
}

function refuseState(needed: 'new' | 'joined', standing: Standing): void {
  if (standing.state === needed) return;
  if (standing.state === 'left') throw new AppError('session_ended');
  throw new AppError(needed === 'joined' ? 'sign_in_required' : 'conflict');
}

/** What the event log calls a message: its type, unless the client made one up. */
export function verbOf(type: string): string {
  return isRequestType(type) ? type : 'unknown';
}

function isRequestType(type: string): type is RequestType {
  return Object.hasOwn(REQUESTS, type);
}
