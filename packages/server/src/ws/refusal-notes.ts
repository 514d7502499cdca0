import type { AppError, ErrorCode } from '@conclave/protocol/errors';
import type { Target } from '@conclave/protocol/events/event';
import type { Log } from '@conclave/runtime/log';
import { toAppError } from '@conclave/runtime/problem';
import { visitorCause, type Cause } from '../event-log/cause.ts';
import type { Refusal, Refusals } from '../event-log/refusals.ts';
import { isRefusal, RecordedRefusal } from '../rooms/refused-entry.ts';
import type { Place } from '../rooms/session-store.ts';

/** Writes down what one connection is refused. A verb is a message's type or a word of ours, never what the client made up. */
export interface RefusalNotes {
  /** Who is refused from now on; a visitor before. */
  identify(who: Identified): void;
  /** The error to answer with, once it is written down if it is a refusal; `unavailable` if that could not be done. */
  noted(verb: string, thrown: unknown): Promise<AppError>;
  /** For what is not answered: nobody waits for it. */
  noteLater(verb: string, result: ErrorCode, reason?: Refusal['reason']): void;
}

/** Somebody at a place of theirs: a participant in a session, or who waits at the door of a room. */
export interface Identified {
  readonly by: Cause;
  readonly place: Partial<Place>;
  readonly target?: Target;
}

interface NotesDeps {
  readonly refusals: Refusals;
  readonly log: Log;
}

export function createRefusalNotes({ refusals, log }: NotesDeps, address: string | null): RefusalNotes {
  let by: Cause = visitorCause(address);
  let place: Partial<Place> = {};
  let target: Target | null = null;
  const note = (verb: string, result: ErrorCode, reason?: Refusal['reason']) =>
    refusals.note({ by, door: 'signalling', verb, result, target, ...place, ...(reason && { reason }) });
  return {
    identify: (who) => {
      by = { ...who.by, address };
      place = who.place;
      target = who.target ?? null;
    },
    noted: async (verb, thrown) => {
      const error = toAppError(thrown);
      if (!isRefusal(error) || error instanceof RecordedRefusal) return error;
      try {
        await note(verb, error.code);
        return error;
      } catch (failure) {
        return toAppError(failure);
      }
    },
    noteLater: (verb, result, reason) => {
      note(verb, result, reason).catch((error: unknown) =>
        log.warn({ err: error, verb, code: result }, 'a refusal could not be written down'),
      );
    },
  };
}
