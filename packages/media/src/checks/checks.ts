import { AppError } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import type { CheckTransport, MediaCheck, OpenCheck } from '@conclave/protocol/media-api/internal';
import type { types } from 'mediasoup';
import { codeOf } from '../engine-errors.ts';
import type { NodeContext } from '../node-context.ts';
import type { MediaWorker } from '../workers/pool.ts';

/** A connection check that has transports, or is about to. */
export interface Check {
  readonly media: MediaWorker;
  /** Idempotent. */
  close(): void;
}

/** Nothing but ICE, DTLS and their repetitions is to come; the node does not receive more than this. */
const MAX_INCOMING_BPS = 50_000;

/**
 * Opens a transport over UDP and, where media takes it, one over TCP, so that somebody who is in no session can see whether they get through. They cannot carry
 * media: their router speaks no codec, is piped nowhere, has neither producer nor consumer, and no capability names it. They are closed
 * after `LIMITS.checkLifetimeMs`, or as soon as DTLS has ended on all.
 * @throws AppError `no_capacity` without a worker or beyond `LIMITS.checksAtOnce`, `bad_request` for a fingerprint that cannot be.
 */
export async function openCheck(ctx: NodeContext, { dtlsParameters: { fingerprints } }: OpenCheck): Promise<MediaCheck> {
  const media = leastChecked(ctx);
  if (!media || ctx.checks.size >= LIMITS.checksAtOnce) throw new AppError('no_capacity');
  let router: types.Router | undefined;
  const check: Check = {
    media,
    close: () => {
      ctx.checks.delete(check);
      cancelTimer();
      router?.close();
    },
  };
  // Counted before anything is waited for, so that a crowd cannot pass the limit together.
  ctx.checks.add(check);
  const cancelTimer = ctx.timers.schedule(LIMITS.checkLifetimeMs, check.close);
  try {
    router = await media.worker.createRouter({ mediaCodecs: [] });
    // Too late already.
    if (!ctx.checks.has(check)) throw new AppError('unavailable');
    router.observer.once('close', check.close);
    const [udp, tcp] = await Promise.all([openTransport(router, media, 'udp'), ctx.mediaTcp ? openTransport(router, media, 'tcp') : null]);
    const transports = tcp ? [udp, tcp] : [udp];
    // As a client of DTLS alone: the page offers, the node waits.
    const remote = { role: 'client', fingerprints } as types.DtlsParameters; // mediasoup checks algorithm and value itself
    await Promise.all(transports.map((transport) => transport.connect({ dtlsParameters: remote })));
    closeWhenEnded(transports, check);
    return { lifetimeMs: LIMITS.checkLifetimeMs, udp: view(udp), tcp: tcp && view(tcp) };
  } catch (error) {
    check.close();
    const code = codeOf(error);
    throw new AppError(code === 'bad_request' ? code : 'unavailable', { cause: error });
  }
}

/** Spread over the workers, so that over time each port is seen. */
function leastChecked(ctx: NodeContext): MediaWorker | undefined {
  const countOf = (media: MediaWorker) => [...ctx.checks].filter((check) => check.media === media).length;
  return ctx.pool.alive().toSorted((a, b) => countOf(a) - countOf(b) || a.index - b.index)[0];
}

async function openTransport(router: types.Router, media: MediaWorker, protocol: 'udp' | 'tcp'): Promise<types.WebRtcTransport> {
  const transport = await router.createWebRtcTransport({
    webRtcServer: media.server,
    enableUdp: protocol === 'udp',
    enableTcp: protocol === 'tcp',
    enableSctp: false,
  });
  await transport.setMaxIncomingBitrate(MAX_INCOMING_BPS);
  return transport;
}

function closeWhenEnded(transports: readonly types.WebRtcTransport[], check: Check): void {
  for (const transport of transports) {
    transport.on('dtlsstatechange', (state) => {
      if (state !== 'closed' && state !== 'failed') return;
      if (transports.every(({ dtlsState }) => dtlsState === 'closed' || dtlsState === 'failed')) check.close();
    });
  }
}

function view({ iceParameters, iceCandidates, dtlsParameters }: types.WebRtcTransport): CheckTransport {
  return { iceParameters, iceCandidates, dtlsParameters };
}
