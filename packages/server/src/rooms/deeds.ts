import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import type { EventName } from '@conclave/protocol/events/names';
import type { Clock } from '@conclave/runtime/clock';
import type { Timers } from '@conclave/runtime/timers';
import type { NewEvent } from '../event-log/event-log.ts';
import type { RepeatableEvent } from './session-store.ts';

/** How long what media needs waits for its event; then that is stored later. */
const PATIENCE_MS = 1_000;

/** The event of what is done now, which may be stored later and more than once. */
export function deedOf<N extends EventName>({ clock }: { clock: Clock }, event: NewEvent<N>): RepeatableEvent<N> {
  return { ...event, id: randomUUID(), atMs: clock.nowMs() };
}

/** Whether `storing` ended well within a second. False when the database is away or slow; any other failure is thrown. */
export async function storedSoon({ timers }: { timers: Timers }, storing: Promise<void>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const cancel = timers.schedule(PATIENCE_MS, () => late.resolve(false));
  try {
    return await Promise.race([storing.then(() => true), late.promise]);
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return false;
    throw error;
  } finally {
    cancel();
  }
}
