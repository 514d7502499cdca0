import { AppError } from '@conclave/protocol/errors';
import type { ParticipantId, ProducerId, SessionId } from '@conclave/protocol/ids';
import type { MediaEvent, MediaParticipant, PutParticipant, Receivers } from '@conclave/protocol/media-api/internal';
import type { DtlsOfTransports, MediaSource, RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import type { Grants } from '@conclave/protocol/roles';
import { createLane } from '@conclave/runtime/lane';
import { WorkerClosedError } from 'mediasoup/errors';
import type { NodeContext } from '../node-context.ts';
import type { MediaWorker } from '../workers/pool.ts';
import { checkedCapabilities, consumeAhead, viewConsumer } from './consume.ts';
import { applyGrants, closePath, losePath, openPath } from './paths.ts';
import { createPipes } from './pipes.ts';
import { closeProducer, setProducerPaused, viewProducer } from './produce.ts';
import type { MediaPath, Participant, ProducerEntry, Session } from './session.ts';
import { createSpeakerWatch } from './speaker.ts';
import { connectTransport, viewTransport } from './transports.ts';

/**
 * Makes a participant's media path, or answers the present one again. Grants count from the moment of the call; with `fresh` the
 * capability before is void from that moment, too. Of two that overlap the later wins.
 * @throws AppError `bad_request` for impossible capabilities or DTLS parameters, `no_capacity` without a worker, `unavailable` when one died meanwhile.
 */
export function putParticipant(ctx: NodeContext, sessionId: SessionId, id: ParticipantId, body: PutParticipant): Promise<MediaParticipant> {
  const participant = findOrCreate(ctx, sessionId, id, body.grants);
  applyGrants(ctx, participant, body.grants);
  if (body.fresh) endPath(ctx, participant);
  return participant.lane
    .run(() => makePath(ctx, participant, body))
    .catch((error: unknown) => {
      // Nobody knows of a participant whose first PUT failed, so nobody would delete it.
      if (!participant.path && participant.lane.pending === 0) removeParticipant(ctx, participant);
      // The worker died meanwhile; another try gets another one.
      const died = error instanceof WorkerClosedError || (error instanceof AppError && error.code === 'media_lost');
      throw died ? new AppError('unavailable', { cause: error }) : error;
    });
}

async function makePath(ctx: NodeContext, participant: Participant, body: PutParticipant): Promise<MediaParticipant> {
  if (participant.gone) throw new AppError('not_found');
  const rtpCapabilities = body.rtpCapabilities && checkedCapabilities(body.rtpCapabilities);
  // Another PUT may have made a path while this one waited.
  if (body.fresh || participant.path?.state === 'lost') endPath(ctx, participant);
  const kept = participant.path;
  const path = kept ?? (await openPath(ctx, participant));
  const dtlsParameters = kept ? undefined : body.dtlsParameters;
  if (dtlsParameters) await connectAhead(ctx, path, dtlsParameters);
  const ahead = !kept && rtpCapabilities ? await consumeAhead(ctx, path, rtpCapabilities) : undefined;
  return {
    capability: path.capability,
    routerRtpCapabilities: path.on.router.rtpCapabilities as RtpCapabilities, // mediasoup leaves codec parameters untyped
    send: viewTransport(path.send),
    recv: viewTransport(path.recv),
    consumers: ahead ?? [...path.consumers.values()].map(viewConsumer),
    ...(dtlsParameters && { connected: true as const }),
  };
}

/** @throws AppError as `connectTransport`; nothing is left of the path then. */
async function connectAhead(ctx: NodeContext, path: MediaPath, { send, recv }: DtlsOfTransports): Promise<void> {
  try {
    await Promise.all([connectTransport(path, 'send', send), connectTransport(path, 'recv', recv)]);
  } catch (error) {
    closePath(ctx, path);
    throw error;
  }
}

/** Closes at once what is no longer granted; no error when there is nobody: who comes is given the grants of that time. */
export function patchParticipant(ctx: NodeContext, sessionId: SessionId, id: ParticipantId, grants: Grants): void {
  const participant = ctx.sessions.get(sessionId)?.participants.get(id);
  if (participant) applyGrants(ctx, participant, grants);
}

/**
 * Stops what a participant sends of some sources: microphones and cameras are paused, so that nobody is sent anything more until the
 * participant goes on, screens are closed, and their sound with them. No error when there is nobody.
 */
export async function muteParticipant(
  ctx: NodeContext,
  sessionId: SessionId,
  id: ParticipantId,
  sources: readonly MediaSource[],
): Promise<void> {
  const producers = ctx.sessions.get(sessionId)?.participants.get(id)?.path?.producers ?? new Map<ProducerId, ProducerEntry>();
  const screenEnds = sources.includes('screen');
  const chosen = [...producers.values()].filter(({ source }) => sources.includes(source) || (screenEnds && source === 'screen-audio'));
  await Promise.all(
    chosen.map(async (entry) => {
      if (screenEnds && (entry.source === 'screen' || entry.source === 'screen-audio')) return closeProducer(ctx, entry);
      // Closed meanwhile is as quiet.
      await setProducerPaused(ctx, entry, true).catch((error: unknown) => {
        if (!(error instanceof AppError && error.code === 'not_found')) throw error;
      });
    }),
  );
}

/** Everybody to whom the node sends or may send. */
export function listReceivers(ctx: NodeContext): Receivers['receivers'] {
  return [...ctx.sessions.values()].flatMap((session) =>
    [...session.participants.values()].flatMap(({ id, path }) =>
      path?.state === 'open' ? [{ sessionId: session.id, participantId: id, consumers: path.consumers.size }] : [],
    ),
  );
}

/** Ends everything of a participant at once; no error when there is none. The last one takes the session along. */
export function deleteParticipant(ctx: NodeContext, sessionId: SessionId, id: ParticipantId): void {
  const participant = ctx.sessions.get(sessionId)?.participants.get(id);
  if (participant) removeParticipant(ctx, participant);
}

function removeParticipant(ctx: NodeContext, participant: Participant): void {
  const { session, id } = participant;
  if (participant.gone) return;
  participant.gone = true;
  session.participants.delete(id);
  ctx.quality.forget(participant);
  endPath(ctx, participant);
  if (session.participants.size === 0) closeSession(ctx, session);
}

/** Ends a session with all its participants; no error when there is none. */
export function deleteSession(ctx: NodeContext, sessionId: SessionId): void {
  for (const id of ctx.sessions.get(sessionId)?.participants.keys() ?? []) deleteParticipant(ctx, sessionId, id);
}

/** Cleans up after a dead worker and tells the server whom it cost the media path. */
export function loseWorker(ctx: NodeContext, media: MediaWorker): void {
  for (const session of ctx.sessions.values()) {
    session.routers.delete(media);
    const hit = [...session.participants.values()].filter(({ path }) => path?.state === 'open' && path.on.media === media);
    for (const { path } of hit) if (path) losePath(ctx, path);
    session.speaker.lost(media);
    if (hit.length > 0) ctx.emit({ type: 'media.lost', sessionId: session.id, participantIds: hit.map(({ id }) => id) });
  }
}

/** All that is true now: `node.hello`, then what its snapshot has no field for, as events. */
export function snapshot(ctx: NodeContext, bootId: string): MediaEvent[] {
  const sessions = [...ctx.sessions.values()];
  const participants = sessions.flatMap((session) => [...session.participants.values()]);
  const hello: MediaEvent = {
    type: 'node.hello',
    bootId,
    participants: participants.map(({ id, session, grants, path }) => ({
      sessionId: session.id,
      participantId: id,
      grants,
      producers: [...(path?.producers.values() ?? [])].map(viewProducer),
      lost: path?.state !== 'open',
    })),
  };
  const speakers = sessions.map((session): MediaEvent => ({
    type: 'speaker.changed',
    sessionId: session.id,
    participantId: session.speaker.current(),
  }));
  return [hello, ...speakers, ...participants.flatMap((participant) => currentState(ctx, participant))];
}

function currentState(ctx: NodeContext, participant: Participant): MediaEvent[] {
  const who = { sessionId: participant.session.id, participantId: participant.id };
  const quality = ctx.quality.current(participant);
  const demanded = [...(participant.path?.producers.values() ?? [])].flatMap(({ id }): MediaEvent[] => {
    const maxSpatialLayer = ctx.demand.announced(id);
    return maxSpatialLayer === undefined ? [] : [{ type: 'producer.demanded', ...who, producerId: id, maxSpatialLayer }];
  });
  return quality === 'good' ? demanded : [...demanded, { type: 'quality.changed', ...who, quality }];
}

function endPath(ctx: NodeContext, { path }: Participant): void {
  if (path) closePath(ctx, path);
}

function findOrCreate(ctx: NodeContext, sessionId: SessionId, id: ParticipantId, grants: Grants): Participant {
  const session = ctx.sessions.get(sessionId) ?? createSession(ctx, sessionId);
  const present = session.participants.get(id);
  if (present) return present;
  const participant: Participant = { id, session, grants, path: undefined, lane: createLane(), gone: false };
  session.participants.set(id, participant);
  return participant;
}

function createSession(ctx: NodeContext, id: SessionId): Session {
  const { timers, background } = ctx;
  const pipes = createPipes();
  const speaker = createSpeakerWatch({
    timers,
    background,
    pipes,
    announce: (participantId) => ctx.emit({ type: 'speaker.changed', sessionId: id, participantId }),
  });
  const session: Session = { id, participants: new Map(), producers: new Map(), routers: new Map(), pipes, speaker };
  ctx.sessions.set(id, session);
  return session;
}

function closeSession(ctx: NodeContext, session: Session): void {
  ctx.sessions.delete(session.id);
  for (const made of session.routers.values()) {
    ctx.background(
      made.then(
        ({ router }) => router.close(),
        () => undefined, // It was never there.
      ),
    );
  }
}
