import { AppError } from '@conclave/protocol/errors';
import type { Grants } from '@conclave/protocol/roles';
import { createLane } from '@conclave/runtime/lane';
import type { types } from 'mediasoup';
import { createRequestBucket } from '../http/request-bucket.ts';
import type { NodeContext } from '../node-context.ts';
import { ROUTER_CODECS } from '../codecs.ts';
import { decidePlacement } from '../workers/placement.ts';
import type { MediaWorker } from '../workers/pool.ts';
import { dropConsumer } from './consume.ts';
import { closeProducer } from './produce.ts';
import { canSend } from './rules.ts';
import type { MediaPath, Participant, Session, SessionRouter, TransportSlot } from './session.ts';
import { createTransports } from './transports.ts';

/** A replacement for a dead worker is there within tens of milliseconds. */
const WAIT_FOR_WORKER_MS = 3000;
const ATTEMPTS = 3;

/**
 * Makes a new path for a participant on the worker that placement chooses; the one before it must be closed.
 * @throws AppError `no_capacity` without a running worker, `not_found` when the participant was deleted meanwhile.
 */
export async function openPath(ctx: NodeContext, participant: Participant): Promise<MediaPath> {
  for (let attempt = 1; ; attempt++) {
    const media = await placeParticipant(ctx, participant.session);
    try {
      const on = await routerOn(participant.session, media);
      return adopt(ctx, participant, on, await createTransports(on));
    } catch (error) {
      if (error instanceof AppError || !media.worker.closed || attempt === ATTEMPTS) throw error;
      // The worker died under us; there will be another.
    }
  }
}

function adopt(
  ctx: NodeContext,
  participant: Participant,
  on: SessionRouter,
  transports: { send: TransportSlot; recv: TransportSlot },
): MediaPath {
  const { send, recv } = transports;
  if (participant.gone) {
    send.transport.close();
    recv.transport.close();
    throw new AppError('not_found');
  }
  const path: MediaPath = {
    participant,
    on,
    send,
    recv,
    capability: '',
    state: 'open',
    producers: new Map(),
    consumers: new Map(),
    consumerOf: new Map(),
    sendLane: createLane(),
    recvLane: createLane(),
    bucket: createRequestBucket(ctx.clock),
  };
  path.capability = ctx.capabilities.issue(path);
  participant.path = path;
  for (const { transport } of [send, recv]) {
    transport.on('icestatechange', () => ctx.quality.mark(participant));
    transport.on('dtlsstatechange', () => ctx.quality.mark(participant));
  }
  return path;
}

/** Ends a path: the capability is void and no byte flows from the moment of the call. Idempotent. */
export function closePath(ctx: NodeContext, path: MediaPath): void {
  if (path.state === 'closed') return;
  path.state = 'closed';
  ctx.capabilities.revoke(path.capability);
  closeStreams(ctx, path);
  path.send.transport.close();
  path.recv.transport.close();
  if (path.participant.path === path) path.participant.path = undefined;
}

/** Its worker died: nothing of it is left but a capability that answers `media_lost`. */
export function losePath(ctx: NodeContext, path: MediaPath): void {
  path.state = 'lost';
  closeStreams(ctx, path);
}

function closeStreams(ctx: NodeContext, path: MediaPath): void {
  for (const entry of path.producers.values()) closeProducer(ctx, entry);
  for (const entry of path.consumers.values()) dropConsumer(ctx, entry);
}

/** Sets the grants and closes at once what they no longer permit. */
export function applyGrants(ctx: NodeContext, participant: Participant, grants: Grants): void {
  participant.grants = grants;
  const { path } = participant;
  if (!path) return;
  for (const entry of path.producers.values()) if (!canSend(grants, entry.source)) closeProducer(ctx, entry);
  if (!grants.receive) for (const entry of path.consumers.values()) dropConsumer(ctx, entry);
}

async function placeParticipant(ctx: NodeContext, session: Session): Promise<MediaWorker> {
  const workers = await ctx.pool.whenAlive(WAIT_FOR_WORKER_MS);
  const loads = workers.map(({ index }) => ({ index, load: loadOf(ctx, index) }));
  const own = [...session.routers.keys()].map(({ index }) => index);
  const chosen = decidePlacement(loads, own, ctx.consumersPerWorker);
  const media = workers.find(({ index }) => index === chosen);
  if (!media) throw new AppError('no_capacity');
  return media;
}

/** Counted afresh each time: joins are rare and a counter could drift. */
function loadOf(ctx: NodeContext, index: number): number {
  const participants = [...ctx.sessions.values()].flatMap((session) => [...session.participants.values()]);
  const paths = participants.flatMap(({ path }) => (path?.state === 'open' && path.on.media.index === index ? path : []));
  return paths.reduce((sum, { consumers }) => sum + 1 + consumers.size, 0);
}

function routerOn(session: Session, media: MediaWorker): Promise<SessionRouter> {
  const present = session.routers.get(media);
  if (present) return present;
  const made = media.worker.createRouter({ mediaCodecs: ROUTER_CODECS }).then((router: types.Router) => ({ media, router }));
  session.routers.set(media, made);
  made.catch(() => session.routers.delete(media));
  return made;
}
