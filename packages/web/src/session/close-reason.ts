import { ERRORS } from '@conclave/protocol/errors';
import type { SessionPhase } from './state.ts';

type EndReason = Extract<SessionPhase, { kind: 'ended' }>['reason'];

/** What follows from a closed signalling connection. */
export type AfterClose =
  | { kind: 'end'; reason: EndReason }
  /** Who one was is not known any more (resume token no longer good): join anew if the page still can. */
  | { kind: 'rejoin' }
  | { kind: 'reconnect'; minDelayMs: number };

/** A server that throttles or stops wants a pause; everything else (a lost network above all) is tried again at once. */
const PAUSE_MS = 1_000;

/** Close codes as in ARCHITECTURE.md; unknown ones count as a lost connection. */
export function decideAfterClose(code: number): AfterClose {
  switch (code) {
    case ERRORS.sign_in_required.ws: return { kind: 'rejoin' };
    case ERRORS.banned.ws: return { kind: 'end', reason: 'banned' };
    case ERRORS.replaced.ws: return { kind: 'end', reason: 'replaced' };
    case ERRORS.session_ended.ws: return { kind: 'end', reason: 'session_ended' };
    case ERRORS.rate_limited.ws:
    case ERRORS.maintenance.ws: return { kind: 'reconnect', minDelayMs: PAUSE_MS };
    default: return { kind: 'reconnect', minDelayMs: 0 };
  }
}
