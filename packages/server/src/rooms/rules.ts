import { LIMITS } from '@conclave/protocol/limits';
import type { ParticipantId } from '@conclave/protocol/ids';
import type { Notification } from '@conclave/protocol/signalling/messages';
import { readersOf } from './chat-rules.ts';
import { decideMedia } from './media-rules.ts';
import { decideModeration, derivedChange } from './moderation-rules.ts';
import type { Decision, EndReason, LeavingReason, SessionCommand, SessionEffect } from './session-commands.ts';
import { audience, evolve, type ConnectionId, type SessionEvent, type SessionState } from './session-state.ts';
import { participantView } from './views.ts';

const NOTHING: Decision = { ok: true, events: [], effects: [] };

/**
 * Decides what a command does to a session: the events that happened and the effects to carry out, or the code of the
 * refusal. Apply the events with `evolve` before carrying out the effects.
 */
export function decide(state: SessionState, command: SessionCommand): Decision {
  if (state.ended) return { ok: false, code: 'session_ended' };
  switch (command.kind) {
    case 'admit':
      return decideAdmit(state, command);
    case 'abandon':
      return decideAbandon(state, command.participantId);
    case 'join':
      return decideJoin(state, command);
    case 'restore':
      return happened(
        [{ kind: 'participant.joined', profile: command.profile, connectionId: null, media: 'lost' }],
        [{ kind: 'grace.start', participantId: command.profile.id, delayMs: LIMITS.restoreGraceMs, reason: 'server_restarted' }],
      );
    case 'attach':
      return decideAttach(state, command);
    case 'ready':
      return decideReady(state, command);
    case 'lose':
      return decideLose(state, command);
    case 'grace.over':
      return decideGraceOver(state, command);
    case 'leave':
      return state.participants.has(command.participantId) ? leave(state, command.participantId, 'left') : NOTHING;
    case 'rename':
    case 'set-role':
    case 'set-overrides':
    case 'set-hand':
    case 'set-controls':
    case 'set-policy':
    case 'tell':
      return decideModeration(state, command);
    case 'expel':
      return decideExpel(state, command);
    case 'chat.stored':
      return decideChatStored(state, command);
    case 'end':
      return decideEnd(state, command.reason);
    case 'media.replaced':
    case 'media.event':
    case 'media.snapshot':
      return decideMedia(state, command);
  }
}

function happened(events: SessionEvent[], effects: SessionEffect[] = []): Decision {
  return { ok: true, events, effects };
}

function decideAdmit(state: SessionState, command: Extract<SessionCommand, { kind: 'admit' }>): Decision {
  const seats = state.participants.size + state.joining.size;
  if (command.maxParticipants !== null && seats >= command.maxParticipants) return { ok: false, code: 'room_full' };
  const admitted: SessionEvent = { kind: 'participant.admitted', profile: command.profile };
  // What they may do follows from the policy at this moment, also if it changed since it was decided that they may come in.
  return happened([admitted, ...derivedChange(evolve(state, admitted), command.profile)]);
}

function decideAbandon(state: SessionState, participantId: ParticipantId): Decision {
  if (!state.joining.has(participantId)) return NOTHING;
  const abandoned: SessionEvent = { kind: 'participant.abandoned', participantId };
  return endIfEmpty(
    evolve(state, abandoned),
    [abandoned],
    [
      { kind: 'media.delete', participantId },
      { kind: 'store.left', participantId, reason: 'not_arrived' },
    ],
  );
}

function decideJoin(state: SessionState, command: Extract<SessionCommand, { kind: 'join' }>): Decision {
  const profile = state.joining.get(command.participantId);
  if (!profile) return { ok: false, code: 'sign_in_required' };
  const joined: SessionEvent = { kind: 'participant.joined', profile, connectionId: command.connectionId, media: 'present' };
  const participant = evolve(state, joined).participants.get(profile.id);
  if (!participant) return { ok: false, code: 'internal' };
  return happened([joined], [notify(audience(state), { type: 'participant.joined', data: { participant: participantView(participant) } })]);
}

function decideAttach(state: SessionState, command: Extract<SessionCommand, { kind: 'attach' }>): Decision {
  const { participantId, connectionId } = command;
  const participant = state.participants.get(participantId);
  if (!participant) return { ok: false, code: 'sign_in_required' };
  const older = participant.connection;
  const effects: SessionEffect[] = older
    ? [{ kind: 'close', connectionId: older.id, code: 'replaced' }]
    : [notify(audience(state, participantId), { type: 'participant.updated', data: { participantId, connection: 'connected' } })];
  return happened([{ kind: 'connection.attached', participantId, connectionId }], [{ kind: 'grace.cancel', participantId }, ...effects]);
}

function decideReady(state: SessionState, command: Extract<SessionCommand, { kind: 'ready' }>): Decision {
  const { participantId, connectionId, freshMedia } = command;
  const participant = state.participants.get(participantId);
  if (!participant) return { ok: false, code: 'sign_in_required' };
  if (participant.connection?.id !== connectionId) return { ok: false, code: 'replaced' };
  const media = freshMedia ? decideMedia(state, { kind: 'media.replaced', participantId }) : NOTHING;
  if (!media.ok) return media;
  // Lost between the look at it and now: what was promised to be kept is not there any more.
  const repair: SessionEffect[] = !freshMedia && participant.media === 'lost' ? [{ kind: 'media.repair', participantId }] : [];
  const demands = freshMedia ? [] : [...participant.demanded].map(([producerId, maxSpatialLayer]) => ({ producerId, maxSpatialLayer }));
  return happened(
    [...media.events, { kind: 'connection.ready', participantId }],
    [...media.effects, ...repair, ...demands.map((data) => notify([connectionId], { type: 'producer.demanded', data }))],
  );
}

function decideLose(state: SessionState, command: Extract<SessionCommand, { kind: 'lose' }>): Decision {
  const { participantId, connectionId, goodbye } = command;
  const { isLocked, isLobbyOn } = state.policy.controls;
  if (state.participants.get(participantId)?.connection?.id !== connectionId) return NOTHING;
  return happened(
    [{ kind: 'connection.lost', participantId }],
    [
      {
        kind: 'grace.start',
        participantId,
        // A reload may take a slow machine longer than the short grace; where doors are closed there would be no way back.
        delayMs: goodbye && !isLocked && !isLobbyOn ? LIMITS.goodbyeGraceMs : LIMITS.reconnectGraceMs,
        reason: 'connection_lost',
      },
      notify(audience(state, participantId), { type: 'participant.updated', data: { participantId, connection: 'reconnecting' } }),
    ],
  );
}

function decideGraceOver(state: SessionState, { participantId, reason }: Extract<SessionCommand, { kind: 'grace.over' }>): Decision {
  const participant = state.participants.get(participantId);
  return participant && participant.connection === null ? leave(state, participantId, reason) : NOTHING;
}

function decideChatStored(state: SessionState, command: Extract<SessionCommand, { kind: 'chat.stored' }>): Decision {
  const events: SessionEvent[] = [];
  const effects: SessionEffect[] = [];
  let seq = state.chatSeq;
  for (const message of command.messages) {
    if (message.seq <= seq) continue;
    seq = message.seq;
    events.push({ kind: 'chat.posted', seq });
    // Only the last one is what the sender is told by the reply; those before it were missed by everybody.
    const told = message === command.messages.at(-1) ? command.toldConnectionId : null;
    const readers = readersOf(state, message).flatMap(({ connection }) => (connection?.ready ? [connection.id] : []));
    effects.push(
      notify(
        readers.filter((id) => id !== told),
        { type: 'chat.posted', data: { message } },
      ),
    );
  }
  return happened(events, effects);
}

function decideEnd(state: SessionState, reason: EndReason): Decision {
  const everybody = [...state.participants.values()];
  const connected = everybody.flatMap((participant) => (participant.connection ? [participant.connection.id] : []));
  return happened(
    [
      ...[...state.joining.keys()].map((participantId): SessionEvent => ({ kind: 'participant.abandoned', participantId })),
      ...everybody.map(({ id }): SessionEvent => ({ kind: 'participant.left', participantId: id })),
      { kind: 'speaker.changed', participantId: null },
      { kind: 'session.ended' },
    ],
    [
      ...connected.map((connectionId): SessionEffect => ({ kind: 'close', connectionId, code: 'session_ended' })),
      ...everybody.map(({ id }): SessionEffect => ({ kind: 'grace.cancel', participantId: id })),
      { kind: 'media.delete-session' },
      { kind: 'store.ended', reason },
    ],
  );
}

function decideExpel(state: SessionState, { participantIds, reason }: Extract<SessionCommand, { kind: 'expel' }>): Decision {
  const code = reason === 'banned' ? 'banned' : 'removed';
  const events: SessionEvent[] = [];
  const effects: SessionEffect[] = [];
  let current = state;
  for (const participantId of new Set(participantIds)) {
    const participant = current.participants.get(participantId);
    if (!participant && !current.joining.has(participantId)) continue;
    const gone = participant
      ? departure(current, participantId)
      : { events: [{ kind: 'participant.abandoned', participantId } as const], effects: [] };
    current = gone.events.reduce(evolve, current);
    events.push(...gone.events);
    if (participant?.connection) effects.push({ kind: 'close', connectionId: participant.connection.id, code });
    effects.push({ kind: 'media.delete', participantId }, { kind: 'forget', participantId }, ...gone.effects);
  }
  return events.length === 0 ? NOTHING : endIfEmpty(current, events, effects);
}

/** What the others see of it. */
function departure(state: SessionState, participantId: ParticipantId): { events: SessionEvent[]; effects: SessionEffect[] } {
  const left: SessionEvent = { kind: 'participant.left', participantId };
  const hearers = audience(state, participantId);
  const wasSpeaking = state.activeSpeakerId === participantId;
  return {
    events: wasSpeaking ? [left, { kind: 'speaker.changed', participantId: null }] : [left],
    effects: [
      { kind: 'grace.cancel', participantId },
      notify(hearers, { type: 'participant.left', data: { participantId } }),
      ...(wasSpeaking ? [notify(hearers, { type: 'speaker.changed', data: { participantId: null } })] : []),
    ],
  };
}

function leave(state: SessionState, participantId: ParticipantId, reason: LeavingReason): Decision {
  const { events, effects } = departure(state, participantId);
  const stored: SessionEffect[] = [
    { kind: 'media.delete', participantId },
    { kind: 'store.left', participantId, reason },
  ];
  return endIfEmpty(events.reduce(evolve, state), events, [...stored, ...effects]);
}

function endIfEmpty(after: SessionState, events: SessionEvent[], effects: SessionEffect[]): Decision {
  if (after.participants.size > 0 || after.joining.size > 0) return happened(events, effects);
  return happened(
    [...events, { kind: 'session.ended' }],
    [...effects, { kind: 'media.delete-session' }, { kind: 'store.ended', reason: 'empty' }],
  );
}

function notify(connectionIds: readonly ConnectionId[], notification: Notification): SessionEffect {
  return { kind: 'notify', connectionIds, notification };
}
