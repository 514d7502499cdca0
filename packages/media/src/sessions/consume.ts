import { AppError } from '@conclave/protocol/errors';
import type { ConsumerId, ProducerId } from '@conclave/protocol/ids';
import { LIMITS } from '@conclave/protocol/limits';
import type { ConsumerUpdate, ConsumerView } from '@conclave/protocol/media-api/public';
import type { RtpCapabilities, RtpParameters } from '@conclave/protocol/media-api/rtp';
import { ortc, type types } from 'mediasoup';
import { assertOpen, callEngine, codeOf } from '../engine-errors.ts';
import type { NodeContext } from '../node-context.ts';
import { NOBODY } from './demand.ts';
import { chooseInitial } from './rules.ts';
import type { ConsumerEntry, MediaPath, ProducerEntry } from './session.ts';

/** How a new consumer begins. */
interface Beginning {
  paused: boolean;
  /** Of video that has layers. */
  spatialLayer?: number;
}

/**
 * Makes consumers for producers of the same session, paused. One that is already there is answered again as it is; producers that are
 * unknown, one's own, closed meanwhile or cannot be decoded are left out.
 * @throws AppError `not_allowed` without the grant `receive`, `bad_request` for impossible capabilities.
 */
export function consume(
  ctx: NodeContext,
  path: MediaPath,
  producerIds: readonly ProducerId[],
  given: RtpCapabilities,
): Promise<ConsumerView[]> {
  return path.recvLane.run(async () => {
    assertOpen(path);
    if (!path.participant.grants.receive) throw new AppError('not_allowed');
    const rtpCapabilities = checkedCapabilities(given);
    const wanted = [...new Set(producerIds)].flatMap((id) => path.participant.session.producers.get(id) ?? []);
    return consumeAll(ctx, path, wanted, rtpCapabilities, () => ({ paused: true }));
  });
}

/**
 * Makes a newcomer's consumers ahead, flowing: nothing is sent before DTLS is up, and then mediasoup asks for the key frame itself.
 * Video begins at its smallest layer, whose key frame is soon there; the client asks for what it shows once something arrives.
 * None without the grant `receive`.
 */
export function consumeAhead(ctx: NodeContext, path: MediaPath, rtpCapabilities: types.RtpCapabilities): Promise<ConsumerView[]> {
  return path.recvLane.run(async () => {
    const { grants, session } = path.participant;
    if (!grants.receive) return [];
    const others = [...session.producers.values()].filter((entry) => entry.path !== path);
    const chosen = chooseInitial(others, LIMITS.initialVideoConsumers);
    return consumeAll(ctx, path, chosen, rtpCapabilities, (entry) => ({ paused: false, ...(entry.topLayer > 0 && { spatialLayer: 0 }) }));
  });
}

async function consumeAll(
  ctx: NodeContext,
  path: MediaPath,
  entries: readonly ProducerEntry[],
  rtpCapabilities: types.RtpCapabilities,
  begin: (entry: ProducerEntry) => Beginning,
): Promise<ConsumerView[]> {
  const others = entries.filter((entry) => entry.path.participant !== path.participant);
  const made = await Promise.all(
    others.map(async (entry) => path.consumerOf.get(entry.id) ?? consumeOne(ctx, path, entry, rtpCapabilities, begin(entry))),
  );
  assertOpen(path);
  return made.flatMap((consumer) => (consumer ? viewConsumer(consumer) : []));
}

async function consumeOne(
  ctx: NodeContext,
  path: MediaPath,
  of: ProducerEntry,
  rtpCapabilities: types.RtpCapabilities,
  { paused, spatialLayer }: Beginning,
): Promise<ConsumerEntry | undefined> {
  try {
    await path.participant.session.pipes.ensure(of, path.on);
    if (of.producer.closed || !path.on.router.canConsume({ producerId: of.id, rtpCapabilities })) return undefined;
    const preferredLayers = spatialLayer === undefined ? {} : { preferredLayers: { spatialLayer } };
    const consumer = await path.recv.transport.consume({ producerId: of.id, rtpCapabilities, paused, ...preferredLayers });
    return keepConsumer(ctx, { id: consumer.id as ConsumerId, path, of, consumer }); // mediasoup's ids are UUIDs
  } catch (error) {
    assertOpen(path);
    // One producer that cannot be had (it closed, its worker died) must not cost the others.
    if (!of.producer.closed) ctx.log.warn({ err: error, sessionId: path.participant.session.id }, 'a producer could not be consumed');
    return undefined;
  }
}

/** Grants, path and producer may have changed while the worker answered. */
function keepConsumer(ctx: NodeContext, entry: ConsumerEntry): ConsumerEntry | undefined {
  const { path, of, consumer } = entry;
  if (path.state !== 'open' || !path.participant.grants.receive || !ctx.producers.has(of.id)) {
    consumer.close();
    return undefined;
  }
  path.consumers.set(entry.id, entry);
  path.consumerOf.set(of.id, entry);
  consumer.on('producerclose', () => dropConsumer(ctx, entry));
  consumer.on('score', () => ctx.quality.mark(path.participant));
  followDemand(ctx, entry);
  return entry;
}

/**
 * Applies what a client wants of its consumers. Ids that are not its own are passed over.
 * Layers come before resuming, so that the first frame is already the right one.
 */
export async function updateConsumers(ctx: NodeContext, path: MediaPath, updates: readonly ConsumerUpdate[]): Promise<void> {
  assertOpen(path);
  await Promise.all(
    updates.map(async (update) => {
      const entry = path.consumers.get(update.id);
      if (!entry) return;
      if (update.close) return dropConsumer(ctx, entry);
      try {
        await applyUpdate(path, entry, update);
      } catch (error) {
        // Its producer closed while the worker answered.
        if (!entry.consumer.closed) throw error;
      }
      followDemand(ctx, entry);
    }),
  );
}

async function applyUpdate(path: MediaPath, { consumer }: ConsumerEntry, update: ConsumerUpdate): Promise<void> {
  const before = consumer.preferredLayers;
  const wantsLayers = update.maxSpatialLayer !== undefined || update.maxTemporalLayer !== undefined;
  if (wantsLayers && (consumer.type === 'simulcast' || consumer.type === 'svc')) {
    const spatialLayer = update.maxSpatialLayer ?? before?.spatialLayer ?? 3;
    const temporalLayer = update.maxTemporalLayer ?? before?.temporalLayer;
    const changed = spatialLayer !== before?.spatialLayer || temporalLayer !== before.temporalLayer;
    if (changed)
      await callEngine(path, () => consumer.setPreferredLayers({ spatialLayer, ...(temporalLayer !== undefined && { temporalLayer }) }));
  }
  const { priority, paused } = update;
  if (priority !== undefined && priority !== consumer.priority) await callEngine(path, () => consumer.setPriority(priority));
  if (paused === true && !consumer.paused) await callEngine(path, () => consumer.pause());
  if (paused === false && consumer.paused) await callEngine(path, () => consumer.resume());
}

/** Ends a consumer; idempotent. */
export function dropConsumer(ctx: NodeContext, entry: ConsumerEntry): void {
  const { path, of, consumer } = entry;
  if (!path.consumers.delete(entry.id)) return;
  path.consumerOf.delete(of.id);
  // When its producer is gone the worker closes it by itself.
  if (!of.producer.closed) consumer.close();
  ctx.demand.drop(of.id, entry.id);
}

export function viewConsumer({ id, of, consumer }: ConsumerEntry): ConsumerView {
  const { kind, type, paused } = consumer;
  const rtpParameters = consumer.rtpParameters as RtpParameters; // mediasoup leaves codec parameters untyped
  return { id, producerId: of.id, participantId: of.path.participant.id, source: of.source, kind, rtpParameters, type, paused };
}

function followDemand(ctx: NodeContext, { id, of, consumer, path }: ConsumerEntry): void {
  if (of.kind !== 'video' || !path.consumers.has(id)) return;
  ctx.demand.want(of.id, id, consumer.paused ? NOBODY : (consumer.preferredLayers?.spatialLayer ?? of.topLayer));
}

/** @throws AppError `bad_request` for capabilities that cannot be. */
export function checkedCapabilities(given: RtpCapabilities): types.RtpCapabilities {
  const checked = structuredClone(given) as types.RtpCapabilities; // bounded by the schema, checked here by mediasoup's own rules
  try {
    ortc.validateAndNormalizeRtpCapabilities(checked);
  } catch (error) {
    throw new AppError(codeOf(error), { details: { paths: ['rtpCapabilities'] }, cause: error });
  }
  return checked;
}
