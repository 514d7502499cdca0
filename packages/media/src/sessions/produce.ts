import { AppError } from '@conclave/protocol/errors';
import type { ProducerId } from '@conclave/protocol/ids';
import type { ProducerState } from '@conclave/protocol/media-api/internal';
import type { CreateProducer } from '@conclave/protocol/media-api/public';
import { ortc, type types } from 'mediasoup';
import type { z } from 'zod';
import { assertOpen, callEngine, codeOf } from '../engine-errors.ts';
import type { NodeContext } from '../node-context.ts';
import { dropConsumer } from './consume.ts';
import { canSend, fitsKind, topLayer } from './rules.ts';
import type { MediaPath, ProducerEntry } from './session.ts';

/**
 * Chromium drops a request that follows the one before within 300 ms, and mediasoup asks again only after a second; spaced wider,
 * with room for jitter, each is answered. Measured: the first frame of a newcomer on another worker comes a second earlier.
 */
const KEY_FRAME_REQUEST_DELAY_MS = 400;

/**
 * Starts to receive a source from its participant. A producer of the same source that is already there is replaced.
 * @throws AppError `not_allowed` without the grant, `bad_request` for parameters that do not fit, `conflict` for an SSRC or MID in use,
 * `unavailable` when it could not be journalled.
 */
export function produce(ctx: NodeContext, path: MediaPath, wanted: z.output<typeof CreateProducer>): Promise<ProducerEntry> {
  return path.sendLane.run(async () => {
    assertMaySend(path, wanted);
    ctx.journal.assertRoom();
    const rtpParameters = wanted.rtpParameters as types.RtpParameters; // bounded by the schema, checked here by mediasoup's own rules
    assertUsable(path, rtpParameters);
    const replaced = [...path.producers.values()].find(({ source }) => source === wanted.source);
    if (replaced) closeProducer(ctx, replaced);
    const producer = await callEngine(path, () =>
      path.send.transport.produce({
        kind: wanted.kind,
        rtpParameters,
        paused: wanted.paused,
        keyFrameRequestDelay: KEY_FRAME_REQUEST_DELAY_MS,
      }),
    );
    return commit(ctx, path, wanted, producer);
  });
}

/** Grants and the path may have changed while the worker answered. */
function commit(
  ctx: NodeContext,
  path: MediaPath,
  { source, kind }: z.output<typeof CreateProducer>,
  producer: types.Producer,
): ProducerEntry {
  try {
    assertMaySend(path, { source, kind });
  } catch (error) {
    producer.close();
    throw error;
  }
  const top = kind === 'video' ? topLayer(producer.rtpParameters.encodings ?? []) : 0;
  const entry: ProducerEntry = { id: producer.id as ProducerId, path, source, kind, topLayer: top, producer }; // mediasoup's ids are UUIDs
  const { participant } = path;
  path.producers.set(entry.id, entry);
  participant.session.producers.set(entry.id, entry);
  ctx.producers.set(entry.id, entry);
  producer.on('score', () => ctx.quality.mark(participant));
  ctx.emit({ type: 'producer.opened', ...whose(entry), producer: viewProducer(entry) });
  ctx.journal.record({ kind: 'producer.opened', ...journalled(entry), paused: producer.paused });
  if (kind === 'video') ctx.demand.open(entry.id, top);
  if (source === 'microphone') participant.session.speaker.add(entry);
  return entry;
}

function assertMaySend(path: MediaPath, { source, kind }: Pick<z.output<typeof CreateProducer>, 'source' | 'kind'>): void {
  assertOpen(path);
  if (!canSend(path.participant.grants, source)) throw new AppError('not_allowed');
  if (!fitsKind(source, kind)) throw new AppError('bad_request', { details: { paths: ['kind'] } });
}

/** Refuses before anything is replaced. */
function assertUsable(path: MediaPath, rtpParameters: types.RtpParameters): void {
  try {
    const checked = structuredClone(rtpParameters);
    ortc.validateAndNormalizeRtpParameters(checked);
    if (!checked.encodings?.length) checked.encodings = [{}];
    ortc.getProducerRtpParametersMapping(checked, path.on.router.rtpCapabilities);
  } catch (error) {
    throw new AppError(codeOf(error), { details: { paths: ['rtpParameters'] }, cause: error });
  }
}

/** @throws AppError `not_found` for a producer of somebody else, too. */
export function findProducer(path: MediaPath, id: ProducerId): ProducerEntry {
  assertOpen(path);
  const entry = path.producers.get(id);
  if (!entry) throw new AppError('not_found');
  return entry;
}

/** Pauses or resumes; the worker stops forwarding at once. Tells the server when it made a difference. */
export function setProducerPaused(ctx: NodeContext, entry: ProducerEntry, paused: boolean): Promise<void> {
  return entry.path.sendLane.run(async () => {
    if (entry.producer.closed) throw new AppError('not_found');
    if (entry.producer.paused === paused) return;
    ctx.journal.assertRoom();
    await callEngine(entry.path, () => (paused ? entry.producer.pause() : entry.producer.resume()));
    if (!ctx.producers.has(entry.id)) return;
    ctx.emit({ type: 'producer.updated', ...whose(entry), producer: viewProducer(entry) });
    ctx.journal.record({ kind: paused ? 'producer.paused' : 'producer.resumed', ...journalled(entry) });
    ctx.quality.mark(entry.path.participant);
  });
}

/** Ends a producer and with it all that consumes it; the only way in which one ends, so that each is told exactly once. */
export function closeProducer(ctx: NodeContext, entry: ProducerEntry): void {
  const { session } = entry.path.participant;
  if (!session.producers.delete(entry.id)) return;
  entry.path.producers.delete(entry.id);
  ctx.producers.delete(entry.id);
  entry.producer.close();
  ctx.demand.close(entry.id);
  for (const { path } of session.participants.values()) {
    const consumer = path?.consumerOf.get(entry.id);
    if (consumer) dropConsumer(ctx, consumer);
  }
  if (entry.source === 'microphone') session.speaker.remove(entry);
  ctx.emit({ type: 'producer.closed', ...whose(entry), producerId: entry.id });
  ctx.journal.record({ kind: 'producer.closed', ...journalled(entry) });
}

export function viewProducer({ id, source, kind, producer }: ProducerEntry): ProducerState {
  return { id, source, kind, paused: producer.paused };
}

function journalled(entry: ProducerEntry) {
  return { ...whose(entry), producerId: entry.id, source: entry.source };
}

/** Whose producer it is, as events say it. */
export function whose({ path: { participant } }: ProducerEntry) {
  return { sessionId: participant.session.id, participantId: participant.id };
}
