import { AppError } from '@conclave/protocol/errors';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import type { IceServer, MediaSource } from '@conclave/protocol/media-api/rtp';
import { backoffDelayMs } from './backoff.ts';
import { delay } from './delay.ts';
import type { DeviceCache } from './device-cache.ts';
import { openMediaPath, type MediaPath } from './media-path.ts';
import type { ReceiveSideHandlers, Wanted } from './receive-side.ts';
import { SignallingLost } from './signalling-client.ts';
import type { MediaPathState } from './state.ts';

/** How long an ICE restart may take before the path counts as lost; with the rebuild it stays within 5 s. */
const ICE_RESTART_MS = 3_000;
/** How long after a rebuild the last frames of those who have not come back stay on screen. */
const KEEP_FRAMES_MS = 3_000;

export interface MediaOptions {
  origin: string;
  devices: DeviceCache;
  wanted: Wanted;
  onState(state: MediaPathState): void;
  onTrack: ReceiveSideHandlers['onTrack'];
  onTrackGone: ReceiveSideHandlers['onTrackGone'];
  /** A path is open: send again what is being sent. */
  onOpened(path: MediaPath): Promise<void>;
  /** After a rebuild: only these still flow. */
  onSettled(path: MediaPath): void;
  onPublishRefused(source: MediaSource, code: AppError['code']): void;
  /** `media.restart` over signalling; waits while signalling is away. Rejects with AppError or when the signal aborts. */
  requestAccess(signal: AbortSignal): Promise<MediaAccess>;
  /** `media.ice-servers` over signalling; rejects while signalling is away. */
  requestIceServers(): Promise<IceServer[]>;
}

/** The media path of now, opened anew as often as it must be. */
export interface Media {
  open(access: MediaAccess): Promise<void>;
  path(): MediaPath | null;
  /** True while the path of now can still be used; false asks `room.resume` for a new one. */
  usable(): boolean;
  /** How many paths have been opened so far. */
  opened(): number;
  /** The network is another one: try at once instead of waiting for timeouts. */
  networkChanged(): void;
  handleError(error: unknown): void;
  close(): void;
}

export function createMedia(options: MediaOptions): Media {
  let path: MediaPath | null = null;
  /** Predecessors whose last frames are still on screen. */
  const retired: MediaPath[] = [];
  /** Changes with each opening and closing, so that an opening that was overtaken notices. */
  let generation = 0;
  let openedPaths = 0;
  let recovery: AbortController | null = null;
  let settleTimer: ReturnType<typeof setTimeout> | undefined;
  let lost = false;
  let closed = true;
  let failuresInRow = 0;
  /** What a path that is not connected yet is called: the first one connects, its successors recover. */
  let underway: 'connecting' | 'recovering' = 'connecting';

  const showState = () => {
    if (path === null) return;
    const state = path.state();
    if (state === 'interrupted') return recover(() => restartIce(path));
    if (state === 'connecting') {
      if (recovery === null) options.onState(underway);
      return;
    }
    // A transport that opens later, with the first device or when somebody else comes, is nothing to recover from.
    underway = 'connecting';
    failuresInRow = 0;
    endRecovery();
    options.onState('connected');
    settle();
  };
  const endRecovery = () => {
    recovery?.abort();
    recovery = null;
  };

  const closeRetired = () => {
    for (const old of retired.splice(0)) old.close();
  };
  const settle = () => {
    clearTimeout(settleTimer);
    const settled = path;
    settleTimer = setTimeout(() => {
      if (settled === null || settled !== path) return;
      options.onSettled(settled);
      closeRetired();
    }, KEEP_FRAMES_MS);
  };

  /** Tries the gentle way, then asks for a new path until it has one. One at a time. */
  const recover = (gently: (() => Promise<boolean>) | null) => {
    if (recovery !== null || closed) return;
    const aborter = new AbortController();
    recovery = aborter;
    options.onState('recovering');
    void (async () => {
      if (gently === null || !(await gently())) return rebuild(aborter.signal);
      endRecovery();
      showState();
    })().catch(() => {}); // aborted: somebody else opened a path, or the session ended
  };

  /** True when the path flows again. */
  const restartIce = async (target: MediaPath | null) => {
    if (target === null) return false;
    const deadline = AbortSignal.timeout(ICE_RESTART_MS);
    const gone = recovery?.signal ?? deadline;
    try {
      await Promise.race([target.restartIce(), delay(ICE_RESTART_MS, gone)]);
      while (!deadline.aborted && target.state() !== 'connected') await delay(100, AbortSignal.any([deadline, gone]));
    } catch {
      // Refused or too late: judged by the state below.
    }
    gone.throwIfAborted();
    return target.state() === 'connected';
  };

  const rebuild = async (signal: AbortSignal) => {
    lost = true;
    for (;;) {
      await delay(backoffDelayMs(++failuresInRow, Math.random()), signal);
      try {
        // Not dropped when aborted meanwhile: what the server has just given out makes every earlier access void.
        return await open(await options.requestAccess(signal));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AppError) && !(error instanceof SignallingLost)) throw error;
      }
    }
  };

  const handleError = (error: unknown) => {
    if (!(error instanceof AppError)) return;
    if (error.code === 'capability_invalid' || error.code === 'media_lost') recover(null);
  };

  const open = async (access: MediaAccess) => {
    const mine = ++generation;
    closed = false;
    const before = path;
    endRecovery();
    clearTimeout(settleTimer);
    underway = before === null && !lost ? 'connecting' : 'recovering';
    options.onState(underway);
    path = null;
    if (before !== null) {
      before.retire();
      retired.push(before);
    }
    const { device, same } = await options.devices.deviceFor(access.routerRtpCapabilities);
    if (mine !== generation) return;
    const opened = openMediaPath({
      origin: options.origin,
      device,
      access,
      certificate: options.devices.identity()?.certificate,
      wanted: options.wanted,
      requestIceServers: options.requestIceServers,
      handlers: {
        onStateChange: () => {
          if (path === opened) showState();
        },
        onBroken: () => {
          if (path === opened) recover(null);
        },
        onTrack: options.onTrack,
        onTrackGone: options.onTrackGone,
        onError: (error) => {
          if (path === opened) handleError(error);
        },
        onRefused: (source, error) => {
          if (path !== opened) return;
          handleError(error);
          if (error instanceof AppError && error.code !== 'media_lost' && error.code !== 'capability_invalid')
            options.onPublishRefused(source, error.code);
        },
      },
    });
    path = opened;
    openedPaths++;
    lost = false;
    // Those made ahead for other capabilities than this device has are never opened; they are asked for anew.
    const received = same ? opened.receive.accept(access.consumers) : opened.receive.reject(access.consumers);
    await Promise.all([received.then(() => opened.receive.reconcile(0)), options.onOpened(opened)]);
    if (path === opened) showState();
  };

  return {
    open,
    path: () => path,
    usable: () => path !== null && !lost,
    opened: () => openedPaths,
    networkChanged: () => {
      if (path !== null && path.state() !== 'idle') recover(() => restartIce(path));
    },
    handleError,
    close: () => {
      generation++;
      closed = true;
      endRecovery();
      clearTimeout(settleTimer);
      path?.close();
      path = null;
      closeRetired();
      lost = false;
      options.onState('none');
    },
  };
}
