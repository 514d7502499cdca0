import type { Timers } from '@conclave/runtime/timers';
import type { ServerContext } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { BUILT_IN_RULES } from './built-in-rules.ts';
import { checkCheckpoints, type CheckpointDeps } from './checkpoints.ts';
import { evaluateBatch } from './evaluate.ts';
import { forget, lockCursor } from './window-store.ts';

/** How long events gather before the rules look at them together. */
const GATHER_MS = 250;
/** How often checkpoints are looked at, and the log after a failure. */
const LOOK_MS = 10_000;
const FORGET_MS = 3_600_000;

type Options = Pick<
  ServerContext,
  'db' | 'log' | 'clock' | 'origin' | 'access' | 'eventLog' | 'personKeys' | 'mail' | 'checkpoints' | 'sequencer'
> & { readonly timers: Timers };

/** Follows the log with the alert rules; the schema must be there. A database that is away is waited for. */
export function startAlerts(ctx: Options): AsyncDisposable {
  const { log, timers, clock, sequencer } = ctx;
  const deps: CheckpointDeps = { ...ctx, lookup: ctx.access.keys.lookup, startedAtMs: clock.nowMs() };
  let running: Promise<void> | undefined;
  let cancel = (): void => undefined;
  let dueMs = Infinity;
  let isWanted = false;
  const aborter = new AbortController();
  const { signal } = aborter;
  let forgotAtMs = -Infinity;
  let checkedAtMs = -Infinity;

  async function run(): Promise<void> {
    isWanted = false;
    let more = true;
    while (more && !signal.aborted) more = await evaluateBatch(deps);
    if (signal.aborted) return;
    // Time makes a checkpoint late, and not each event: while many come, that would be most of what the rules cost.
    if (clock.nowMs() - checkedAtMs >= LOOK_MS) await checkCheckpoints(deps).then(() => (checkedAtMs = clock.nowMs()));
    if (clock.nowMs() - forgotAtMs >= FORGET_MS) await forgetOld();
  }

  async function forgetOld(): Promise<void> {
    const nowMs = clock.nowMs();
    await inTransaction(deps.db, async (tx) => {
      if (await lockCursor(tx)) await forget(tx, { nowMs, networksAfterDays: NETWORKS_AFTER_DAYS });
    });
    forgotAtMs = nowMs;
  }

  function schedule(delayMs: number): void {
    const atMs = clock.nowMs() + delayMs;
    if (signal.aborted || atMs >= dueMs) return;
    cancel();
    dueMs = atMs;
    cancel = timers.schedule(delayMs, start);
  }

  function start(): void {
    dueMs = Infinity;
    isWanted = true;
    running ??= run()
      .catch((error: unknown) => log.warn({ err: error }, 'alert rules wait for the event log'))
      .finally(() => {
        running = undefined;
        schedule(isWanted ? GATHER_MS : LOOK_MS);
      });
  }

  const unfollow = sequencer.onSequenced(() => schedule(GATHER_MS));
  schedule(0);
  return {
    [Symbol.asyncDispose]: async () => {
      aborter.abort();
      unfollow();
      cancel();
      await running;
    },
  };
}

const NETWORKS_AFTER_DAYS = Math.max(...BUILT_IN_RULES.map((rule) => (rule.kind === 'first' ? rule.forgottenAfterDays : 0)));
