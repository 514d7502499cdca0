import type { Clock } from '@conclave/runtime/clock';
import type { Config } from '@conclave/runtime/config';
import { createLane } from '@conclave/runtime/lane';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Db } from '../db/connection.ts';
import { createCheckpointFiles, type CheckpointFiles } from './checkpoint-files.ts';
import { startCheckpointMail, type SendMail } from './mail-checkpoints.ts';
import { startCheckpointPoster } from './post-checkpoints.ts';
import type { Sequencer } from './sequencer.ts';
import { openKept, signHead, type SignedCheckpoint } from './sign-head.ts';
import type { NoteSigner } from './signed-note.ts';
import { loadSigningKey } from './signing-key.ts';
import { LogInconsistent } from './tree.ts';

const SIGN_EVERY_MS = 60_000;
/** So many unsigned events are signed without waiting for the minute. */
const SIGN_AT_EVENTS = 1_000;
const LATE_AFTER_MS = 600_000;

export interface CheckpointStatus {
  /**
   * `late`: events have waited for a published checkpoint for ten minutes. `inconsistent`: the log is not what was signed before, and
   * nothing is signed until somebody has looked and started the server again.
   */
  readonly publishing: 'current' | 'late' | 'inconsistent';
  readonly checkpoint: { readonly size: number; readonly signedAtMs: number; readonly note: string } | null;
}

/** Signs the log as it grows, and publishes what it signs. */
export interface Checkpoints {
  /** The first line of each checkpoint, `<host>/conclave-log`. */
  readonly origin: string;
  /** By which others verify: `name+id+key`. */
  readonly verifierKey: string;
  /** As this process knows it; asks nobody. */
  status(): CheckpointStatus;
}

interface Options {
  readonly db: Db;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly sequencer: Pick<Sequencer, 'onSequenced'>;
  readonly config: Pick<Config, 'dataDir' | 'host' | 'checkpointDir' | 'checkpointUrl' | 'checkpointEmail'>;
  /** Without it no checkpoint is mailed. */
  readonly sendMail?: SendMail;
}

/** Signs every minute if the log grew, and at once when 1 000 events are unsigned. Faults of disk, database or network are waited out. */
export async function startCheckpoints(options: Options): Promise<Checkpoints & AsyncDisposable> {
  const { timers, sequencer, config } = options;
  const signer = await loadSigningKey(config.dataDir, config.host);
  const files = createCheckpointFiles(config.checkpointDir);
  await using began = new AsyncDisposableStack();
  const publishers = startPublishers(options, signer, began);
  const last = await lastKnown(files, signer);
  if (last) publishers.again(last.note);
  const signing = createSigning({ ...options, signer, files, publishers }, last);
  let cancelTick = (): void => undefined;
  const tick = () => {
    signing.onMinute();
    cancelTick = timers.schedule(SIGN_EVERY_MS, tick);
  };
  cancelTick = timers.schedule(SIGN_EVERY_MS, tick);
  const unfollow = sequencer.onSequenced(signing.onSequenced);
  began.defer(async () => {
    unfollow();
    cancelTick();
    await signing.ended();
  });
  const ends = began.move();
  return {
    origin: signer.name,
    verifierKey: signer.verifierKey,
    status: signing.status,
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

/** For the status only: whether it is good is found out when the next one is signed. */
async function lastKnown(files: CheckpointFiles, signer: NoteSigner): Promise<SignedCheckpoint | null> {
  try {
    const kept = await files.last();
    return kept === null ? null : openKept(kept, signer);
  } catch {
    return null;
  }
}

interface SigningDeps extends Pick<Options, 'db' | 'log' | 'clock'> {
  readonly signer: NoteSigner;
  readonly files: CheckpointFiles;
  readonly publishers: ReturnType<typeof startPublishers>;
}

/** When to sign, and how it stands. */
function createSigning(deps: SigningDeps, last: SignedCheckpoint | null) {
  const { log, clock, publishers } = deps;
  const lane = createLane();
  let latest = last;
  let knownSize = last?.size ?? 0;
  let inconsistent = false;
  /** After a failure: each batch of events would try again otherwise. */
  let isWaitingForMinute = false;
  let unsignedSinceMs: number | null = null;

  async function sign(): Promise<void> {
    if (inconsistent) return;
    try {
      const signed = await signHead(deps);
      if (signed) take(signed);
    } catch (error) {
      isWaitingForMinute = true;
      if (!(error instanceof LogInconsistent)) return log.warn({ err: error }, 'the event log could not be signed; it is tried again');
      inconsistent = true;
      log.error({ err: error }, 'the event log is not what was signed before: nothing more is signed');
    }
  }

  function take(signed: SignedCheckpoint): void {
    if (signed.note !== latest?.note) publishers.publish(signed.note);
    latest = signed;
    unsignedSinceMs = knownSize > signed.size ? clock.nowMs() : null;
  }

  function isLate(): boolean {
    const since = [unsignedSinceMs, publishers.waitingSinceMs()].filter((each) => each !== null);
    return since.some((each) => clock.nowMs() - each >= LATE_AFTER_MS);
  }

  return {
    onMinute: () => {
      isWaitingForMinute = false;
      if (lane.pending === 0) void lane.run(sign);
    },
    onSequenced: (size: number) => {
      knownSize = size;
      unsignedSinceMs ??= clock.nowMs();
      if (size - (latest?.size ?? 0) >= SIGN_AT_EVENTS && lane.pending === 0 && !isWaitingForMinute) void lane.run(sign);
    },
    status: (): CheckpointStatus => ({
      publishing: inconsistent ? 'inconsistent' : isLate() ? 'late' : 'current',
      checkpoint: latest && { size: latest.size, signedAtMs: latest.signedAtMs, note: latest.note },
    }),
    ended: () => lane.run(async () => undefined),
  };
}

/** Those to whom checkpoints go beside the file. `again`: it may have been published before. */
function startPublishers({ config, log, clock, timers, sendMail }: Options, signer: NoteSigner, ends: AsyncDisposableStack) {
  const { checkpointUrl: url, checkpointEmail: to } = config;
  const poster = url === undefined ? null : ends.use(startCheckpointPoster({ url, log, clock, timers }));
  const mail =
    to === undefined || !sendMail ? null : ends.use(startCheckpointMail({ to, origin: signer.name, sendMail, log, clock, timers }));
  return {
    again: (note: string) => poster?.offer(note),
    publish: (note: string) => {
      poster?.offer(note);
      mail?.offer(note);
    },
    waitingSinceMs: () => poster?.waitingSinceMs() ?? null,
  };
}
