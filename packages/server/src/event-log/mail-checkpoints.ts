import type { Clock } from '@conclave/runtime/clock';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';

const MAIL_EVERY_MS = 3_600_000;

/** Takes a mail of plain text and sends it sooner or later. */
export type SendMail = (mail: { to: string; subject: string; text: string }) => Promise<void>;

interface Options {
  readonly to: string;
  readonly origin: string;
  readonly sendMail: SendMail;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Mails checkpoints, the newest at most once an hour. */
export function startCheckpointMail({ to, origin, sendMail, log, clock, timers }: Options): Disposable & { offer(note: string): void } {
  let newest = '';
  let sentAtMs = -Infinity;
  let cancel: (() => void) | undefined;

  function send(): void {
    cancel = undefined;
    sentAtMs = clock.nowMs();
    const text = `This is the newest checkpoint of the event log ${origin}. Keep it: it proves which events there were.\n\n${newest}`;
    sendMail({ to, subject: `Checkpoint of ${origin}`, text }).catch((error: unknown) => {
      log.warn({ err: error }, 'a checkpoint could not be mailed; the next one is');
    });
  }

  return {
    offer: (note) => {
      newest = note;
      const waitMs = sentAtMs + MAIL_EVERY_MS - clock.nowMs();
      if (waitMs <= 0 && cancel === undefined) send();
      else cancel ??= timers.schedule(waitMs, send);
    },
    [Symbol.dispose]: () => cancel?.(),
  };
}
