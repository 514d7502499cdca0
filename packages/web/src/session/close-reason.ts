import { AppError, ERRORS, type ErrorCode } from '@conclave/protocol/errors';
import { SignallingLost } from './signalling-client.ts';
import type { SessionPhase } from './state.ts';

type EndReason = Extract<SessionPhase, { kind: 'ended' }>['reason'];

/** What follows from a connection that closed or a return that was refused. */
export type AfterFailure =
  | { kind: 'end'; reason: EndReason }
  | { kind: 'fail'; code: ErrorCode }
  /** Who one was is not known any more (resume token no longer good): join anew if the page still can. */
  | { kind: 'rejoin' }
  | { kind: 'reconnect'; minDelayMs: number };

/** A server that throttles or stops wants a pause; everything else (a lost network above all) is tried again at once. */
const PAUSE_MS = 1_000;

/** Close codes as in ARCHITECTURE.md; unknown ones count as a lost connection. */
export function decideAfterClose(closeCode: number): AfterFailure {
  switch (closeCode) {
    case ERRORS.sign_in_required.ws:
      return { kind: 'rejoin' };
    case ERRORS.banned.ws:
      return { kind: 'end', reason: 'banned' };
    case ERRORS.removed.ws:
      return { kind: 'end', reason: 'removed' };
    case ERRORS.turned_away.ws:
      return { kind: 'end', reason: 'turned_away' };
    case ERRORS.replaced.ws:
      return { kind: 'end', reason: 'replaced' };
    case ERRORS.session_ended.ws:
      return { kind: 'end', reason: 'session_ended' };
    case ERRORS.rate_limited.ws:
    case ERRORS.maintenance.ws:
      return { kind: 'reconnect', minDelayMs: PAUSE_MS };
    default:
      return { kind: 'reconnect', minDelayMs: 0 };
  }
}

/** The same for a refusal in words. What may pass by itself is waited for; what will not is told to the person. */
export function decideAfterFailure(error: unknown): AfterFailure {
  if (error instanceof SignallingLost && error.closeCode !== null) return decideAfterClose(error.closeCode);
  if (!(error instanceof AppError)) return { kind: 'reconnect', minDelayMs: 0 };
  switch (error.code) {
    case 'sign_in_required':
      return { kind: 'rejoin' };
    case 'session_ended':
      return { kind: 'end', reason: 'session_ended' };
    case 'banned':
      return { kind: 'end', reason: 'banned' };
    case 'removed':
      return { kind: 'end', reason: 'removed' };
    case 'turned_away':
      return { kind: 'end', reason: 'turned_away' };
    case 'replaced':
      return { kind: 'end', reason: 'replaced' };
    case 'internal':
    case 'unavailable':
    case 'maintenance':
    case 'no_capacity':
    case 'rate_limited':
      return { kind: 'reconnect', minDelayMs: error.details?.retryAfterMs ?? PAUSE_MS };
    default:
      return { kind: 'fail', code: error.code };
  }
}
