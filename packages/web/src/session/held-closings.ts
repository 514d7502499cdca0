import type { NotificationData } from '@conclave/protocol/signalling/messages';

type Closing = NotificationData<'producer.closed'>;

/** Longer than it takes to learn that the media path was lost as a whole. */
const HOLD_MS = 1_000;
/** Longer than it takes everybody to send again over a new path. */
const HOLD_FOR_REBUILD_MS = 4_000;

/**
 * Holds back the end of other people's pictures for a moment. When a media worker dies, all its producers close and, a moment later, the
 * same people send again: holding keeps their last frames on screen instead of flashing avatars. Who stops sharing on purpose pauses
 * first, so this delays nothing that anybody waits for; the bytes have ended at the media node anyway.
 */
export interface HeldClosings {
  hold(closing: Closing): void;
  has(producerId: string): boolean;
  /** The path is being rebuilt: all that is held waits for its successor. */
  extend(): void;
  clear(): void;
}

/** @param apply called once for each closing when its time has come; its producer may have been succeeded by then. */
export function createHeldClosings(apply: (closing: Closing) => void): HeldClosings {
  const held = new Map<string, { closing: Closing; timer: ReturnType<typeof setTimeout> }>();
  const hold = (closing: Closing, holdMs: number) => {
    clearTimeout(held.get(closing.producerId)?.timer);
    const timer = setTimeout(() => {
      held.delete(closing.producerId);
      apply(closing);
    }, holdMs);
    held.set(closing.producerId, { closing, timer });
  };
  return {
    hold: (closing) => hold(closing, HOLD_MS),
    has: (producerId) => held.has(producerId),
    extend: () => {
      for (const { closing } of held.values()) hold(closing, HOLD_FOR_REBUILD_MS);
    },
    clear: () => {
      for (const { timer } of held.values()) clearTimeout(timer);
      held.clear();
    },
  };
}
