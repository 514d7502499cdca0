import { isDeepStrictEqual as same } from 'node:util';
import type { ParticipantId, ProducerId } from '@conclave/protocol/ids';
import type { ProducerState } from '@conclave/protocol/media-api/internal';
import type { Notification } from '@conclave/protocol/signalling/messages';
import type { Decision, MediaSnapshot, SessionCommand, SessionEffect, SessionMediaEvent } from './session-commands.ts';
import { audience, evolve, type Participant, type SessionEvent, type SessionState } from './session-state.ts';

type MediaCommand = Extract<SessionCommand, { kind: 'media.replaced' | 'media.event' | 'media.snapshot' }>;

/** One step of a decision: it sees the state as the steps before it left it. */
type Step = (state: SessionState) => { events: SessionEvent[]; effects: SessionEffect[] };

/**
 * The part of `decide` that follows the media node, which is the truth about producers. What it says about somebody
 * who is not on the roster is passed over; all of it may be said twice.
 */
export function decideMedia(state: SessionState, command: MediaCommand): Decision {
  switch (command.kind) {
    case 'media.replaced':
      return inTurn(state, [...closeAll(state.participants.get(command.participantId)), present(command.participantId)]);
    case 'media.event':
      return inTurn(state, followEvent(state, command.event));
    case 'media.snapshot':
      return inTurn(state, followSnapshot(state, command.participants));
  }
}

function inTurn(state: SessionState, steps: Step[]): Decision {
  const events: SessionEvent[] = [];
  const effects: SessionEffect[] = [];
  let current = state;
  for (const step of steps) {
    const result = step(current);
    current = result.events.reduce(evolve, current);
    events.push(...result.events);
    effects.push(...result.effects);
  }
  return { ok: true, events, effects };
}

function followEvent(state: SessionState, event: SessionMediaEvent): Step[] {
  if (event.type === 'media.lost') return event.participantIds.flatMap((participantId) => lost(state.participants.get(participantId)));
  if (event.type === 'speaker.changed') return [speaker(event.participantId)];
  const participant = state.participants.get(event.participantId);
  if (!participant) return [];
  switch (event.type) {
    case 'producer.opened':
      return [open(participant, event.producer)];
    case 'producer.updated':
      // An update of a producer that is not known is late news of one that was closed.
      return participant.producers.has(event.producer.id) ? [open(participant, event.producer)] : [];
    case 'producer.closed':
      return participant.producers.has(event.producerId) ? [close(participant.id, event.producerId)] : [];
    case 'producer.demanded':
      return participant.producers.has(event.producerId) ? [demand(participant, event.producerId, event.maxSpatialLayer)] : [];
    case 'quality.changed':
      return participant.quality === event.quality ? [] : [quality(participant, event.quality)];
  }
}

function followSnapshot(state: SessionState, snapshot: readonly MediaSnapshot[]): Step[] {
  const known = new Map(snapshot.map((entry) => [entry.participantId, entry]));
  const orphans = [...known.keys()].filter((id) => !state.participants.has(id) && !state.joining.has(id));
  const all = [...state.participants.values()].flatMap((participant) => {
    const entry = known.get(participant.id);
    const steps = entry && !entry.lost ? reconcile(participant, entry.producers) : lost(participant);
    return entry && !same(entry.grants, participant.grants) ? [...steps, permit(participant.id)] : steps;
  });
  return [...all, () => ({ events: [], effects: orphans.map((participantId) => ({ kind: 'media.delete', participantId })) })];
}

function reconcile(participant: Participant, producers: readonly ProducerState[]): Step[] {
  const ids = new Set(producers.map((producer) => producer.id));
  const gone = [...participant.producers.keys()].filter((id) => !ids.has(id));
  return [
    ...gone.map((id) => close(participant.id, id)),
    ...producers.map((producer) => open(participant, producer)),
    present(participant.id),
  ];
}

function lost(participant: Participant | undefined): Step[] {
  if (!participant) return [];
  const participantId = participant.id;
  const repair: SessionEffect[] = participant.connection?.ready ? [{ kind: 'media.repair', participantId }] : [];
  return [...closeAll(participant), () => ({ events: [{ kind: 'media.lost', participantId }], effects: repair })];
}

/** What was decided just before a server ended may not have reached the node. */
function permit(participantId: ParticipantId): Step {
  return () => ({ events: [], effects: [{ kind: 'media.patch', participantId }] });
}

function closeAll(participant: Participant | undefined): Step[] {
  return participant ? [...participant.producers.keys()].map((producerId) => close(participant.id, producerId)) : [];
}

function open(participant: Participant, producer: ProducerState): Step {
  const before = participant.producers.get(producer.id);
  if (before && before.paused === producer.paused) return () => ({ events: [], effects: [] });
  const type = before ? 'producer.updated' : 'producer.opened';
  const data = { participantId: participant.id, producer };
  return (state) => ({ events: [{ kind: 'producer.set', ...data }], effects: [tell(state, { type, data })] });
}

function close(participantId: ParticipantId, producerId: ProducerId): Step {
  const data = { participantId, producerId };
  return (state) => ({ events: [{ kind: 'producer.closed', ...data }], effects: [tell(state, { type: 'producer.closed', data })] });
}

function demand(participant: Participant, producerId: ProducerId, maxSpatialLayer: number): Step {
  const { id: participantId, connection } = participant;
  const notification: Notification = { type: 'producer.demanded', data: { producerId, maxSpatialLayer } };
  const effects: SessionEffect[] = connection?.ready ? [{ kind: 'notify', connectionIds: [connection.id], notification }] : [];
  return () => ({ events: [{ kind: 'producer.demanded', participantId, producerId, maxSpatialLayer }], effects });
}

function quality(participant: Participant, value: Participant['quality']): Step {
  const data = { participantId: participant.id, quality: value };
  return (state) => ({ events: [{ kind: 'quality.changed', ...data }], effects: [tell(state, { type: 'participant.updated', data })] });
}

function speaker(participantId: ParticipantId | null): Step {
  return (state) => {
    const next = participantId !== null && state.participants.has(participantId) ? participantId : null;
    if (state.activeSpeakerId === next) return { events: [], effects: [] };
    return {
      events: [{ kind: 'speaker.changed', participantId: next }],
      effects: [tell(state, { type: 'speaker.changed', data: { participantId: next } })],
    };
  };
}

function present(participantId: ParticipantId): Step {
  return () => ({ events: [{ kind: 'media.present', participantId }], effects: [] });
}

function tell(state: SessionState, notification: Notification): SessionEffect {
  return { kind: 'notify', connectionIds: audience(state), notification };
}
