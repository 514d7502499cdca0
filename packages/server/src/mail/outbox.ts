import { randomUUID } from 'node:crypto';
import type { Clock } from '@conclave/runtime/clock';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Db } from '../db/connection.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { harmless, type Mail } from './message.ts';
import { insertLetter, isWaiting, putOff, removeLetter, removeLettersAbout, takeDue, type DueLetter } from './store.ts';
import { isRefusedForGood, type Transport } from './transport.ts';

/** How soon a mail is looked for that was queued a moment ago: its transaction has to commit first. */
const QUEUED_MS = 200;
/** How often it is looked for mails whose next attempt is due, and those of other processes. */
const LOOK_MS = 5_000;
const BATCH = 5;
/** Longer than all of a batch can take: who is killed while sending leaves its mails to the next after this. */
const LEASE_MS = 15 * 60_000;
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 3_600_000;
const GIVEN_UP_AFTER_MS = 3 * 86_400_000;

/** Mails that wait in the database until a mail server has taken them. */
export interface Outbox extends AsyncDisposable {
  /** False without a mail server: then mails are dropped, nobody is told. */
  readonly isConfigured: boolean;
  /**
   * Sends the mail once the transaction commits, at least once: a repeat has the same Message-ID.
   * @throws TypeError when `to` is not one plain address.
   */
  queueMail(tx: Tx, mail: Mail): Promise<void>;
  /**
   * What is about this and waits is not sent. True: of one of them the sending had begun, so that it may have arrived.
   */
  takeBack(tx: Tx, about: string): Promise<boolean>;
  /** `queueMail` in a transaction of its own. */
  sendMail(mail: Mail): Promise<void>;
  /** Begins to look for mails; the schema must be there. */
  begin(): void;
}

interface OutboxDeps {
  readonly db: Db;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Null without a mail server. */
  readonly transport: Transport | null;
  /** Told in the transaction in which a mail that is about something leaves the outbox. */
  readonly onLeft?: OnLeft;
}

/** `sent`: the mail server has taken it. `given_up`: it never will. */
export type OnLeft = (tx: Tx, about: string, outcome: 'sent' | 'given_up') => Promise<void>;

export function startOutbox({ db, log, clock, timers, transport, onLeft }: OutboxDeps): Outbox {
  const aborter = new AbortController();
  let running: Promise<void> | undefined;
  let cancel = (): void => undefined;
  let begun = false;

  function schedule(delayMs: number): void {
    cancel();
    if (begun && transport !== null && !aborter.signal.aborted) cancel = timers.schedule(delayMs, () => look(transport));
  }

  function look(via: Transport): void {
    running ??= sendDue({ db, log, clock, transport: via, ...(onLeft && { onLeft }) }, aborter.signal)
      .catch((error: unknown) => log.warn({ err: error }, 'mails wait to be sent'))
      .finally(() => {
        running = undefined;
        schedule(LOOK_MS);
      });
  }

  async function queueMail(tx: Tx, mail: Mail): Promise<void> {
    if (transport === null) return;
    await insertLetter(tx, { ...harmless(mail), id: randomUUID(), queuedAt: new Date(clock.nowMs()) });
    if (!running) schedule(QUEUED_MS);
  }

  return {
    isConfigured: transport !== null,
    queueMail,
    takeBack: removeLettersAbout,
    sendMail: (mail) => inTransaction(db, (tx) => queueMail(tx, mail)),
    begin: () => {
      begun = true;
      schedule(QUEUED_MS);
    },
    [Symbol.asyncDispose]: async () => {
      aborter.abort();
      cancel();
      await running;
    },
  };
}

type Sending = Pick<OutboxDeps, 'db' | 'log' | 'clock' | 'onLeft'> & { readonly transport: Transport };

async function sendDue(deps: Sending, signal: AbortSignal): Promise<void> {
  for (;;) {
    const due = await takeDue(deps.db, { nowMs: deps.clock.nowMs(), leaseMs: LEASE_MS, limit: BATCH });
    for (const letter of due) {
      if (signal.aborted) await putOff(deps.db, letter.id, deps.clock.nowMs());
      else await attempt(deps, letter, signal);
    }
    if (due.length < BATCH || signal.aborted) return;
  }
}

async function attempt(deps: Sending, letter: DueLetter, signal: AbortSignal): Promise<void> {
  const { db, log, clock, transport } = deps;
  // It was taken with others, and what is about something can be taken back meanwhile.
  if (letter.about !== undefined && !(await isWaiting(db, letter.id))) return undefined;
  try {
    await unlessStopped(transport.send(letter), signal);
  } catch (error) {
    const nowMs = clock.nowMs();
    const nextMs = nowMs + pauseAfter(letter.attempts);
    // The server's answer may quote the address; the code says enough.
    const said = { mail: letter.id, attempts: letter.attempts, reason: codeOf(error) };
    if (isRefusedForGood(error) || nextMs > letter.queuedAt.getTime() + GIVEN_UP_AFTER_MS) {
      log.error(said, 'a mail was given up');
      return leave(deps, letter, 'given_up');
    }
    log.warn(said, 'a mail could not be sent yet');
    return putOff(db, letter.id, signal.aborted ? nowMs : nextMs);
  }
  return leave(deps, letter, 'sent');
}

async function leave({ db, onLeft }: Sending, { id, about }: DueLetter, outcome: 'sent' | 'given_up'): Promise<void> {
  await inTransaction(db, async (tx) => {
    const wasWaiting = await removeLetter(tx, id);
    if (wasWaiting && about !== undefined) await onLeft?.(tx, about, outcome);
  });
}

/** @param attempts how many have failed, from 1 */
function pauseAfter(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 20));
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }; // nodemailer sets them, not always
  return [code, responseCode].filter((part) => typeof part === 'string' || typeof part === 'number').join(' ') || error.name;
}

/** When the server stops, a mail that is on its way is sent again after the next start rather than waited for. */
async function unlessStopped(sending: Promise<void>, signal: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(new DOMException('the server stops', 'AbortError'));
  signal.addEventListener('abort', stop);
  try {
    if (signal.aborted) stop();
    await Promise.race([sending, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
