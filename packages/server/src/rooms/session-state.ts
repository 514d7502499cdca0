import type { ParticipantId, ProducerId, RoomId, SessionId } from '@conclave/protocol/ids';
import type { ProducerState, Quality } from '@conclave/protocol/media-api/internal';
import type { Settings } from '@conclave/protocol/rest/settings';
import type { Grants, Permission, RoleName } from '@conclave/protocol/roles';
import type { ControlsView, EnteredBy } from '@conclave/protocol/signalling/views';
import type { Role } from '../access/roles.ts';
import type { GrantOverrides } from '../db/tables/sessions.ts';
import type { Identity } from '../doors/identity.ts';
import type { Person } from '../event-log/cause.ts';

/** One signalling connection; new for each WebSocket. */
export type ConnectionId = string;

/** On what depends who may do what in the session; it may change at any time. */
export interface Policy {
  /** The roles of the room, in its order. */
  readonly roles: readonly Role[];
  readonly settings: Settings;
  readonly controls: ControlsView;
  readonly hasPassword: boolean;
}

/** Who somebody is in one session. `permissions` and `grants` follow from role, overrides and policy. */
export interface Profile {
  readonly id: ParticipantId;
  readonly name: string;
  readonly initials: string | null;
  readonly avatar: string | null;
  readonly role: RoleName;
  readonly permissions: readonly Permission[];
  readonly grants: Grants;
  /** What a moderator allowed or forbade this one person. */
  readonly overrides: GrantOverrides;
  /** When the hand went up; null: it is down. */
  readonly handRaisedAtMs: number | null;
  readonly joinedAtMs: number;
  /** Whom the event log knows them as. */
  readonly person: Person;
  /** What they showed to be let in. */
  readonly enteredBy: EnteredBy;
  /** By what a ban knows them again. */
  readonly identity: Identity;
}

export interface Participant extends Profile {
  /** null: reconnecting. Not `ready`: resuming, gets notifications only after the reply that shows it the roster. */
  readonly connection: { readonly id: ConnectionId; readonly ready: boolean } | null;
  readonly quality: Quality;
  /** What the media node says is being sent. */
  readonly producers: ReadonlyMap<ProducerId, ProducerState>;
  /** The largest layer asked of each producer, told again after a resume because it may have changed meanwhile. */
  readonly demanded: ReadonlyMap<ProducerId, number>;
  /** `lost`: the media node has nothing of this participant any more. */
  readonly media: 'present' | 'lost';
}

export interface SessionState {
  readonly sessionId: SessionId;
  readonly roomId: RoomId;
  readonly startedAtMs: number;
  readonly policy: Policy;
  /** Admitted and stored, waiting for the media node; nobody sees them yet, but they take a seat. */
  readonly joining: ReadonlyMap<ParticipantId, Profile>;
  /** The roster, in order of joining. */
  readonly participants: ReadonlyMap<ParticipantId, Participant>;
  readonly activeSpeakerId: ParticipantId | null;
  /** The `seq` of the newest chat message that was shown to the room. */
  readonly chatSeq: number;
  /** Messages up to this `seq` are of earlier meetings in the room. */
  readonly firstChatSeq: number;
  readonly ended: boolean;
}

/** What happened; the only way in which the state changes. */
export type SessionEvent =
  | { kind: 'participant.admitted'; profile: Profile }
  | { kind: 'participant.abandoned'; participantId: ParticipantId }
  | { kind: 'participant.joined'; profile: Profile; connectionId: ConnectionId | null; media: Participant['media'] }
  | { kind: 'participant.changed'; participantId: ParticipantId; change: ProfileChange }
  | { kind: 'participant.left'; participantId: ParticipantId }
  | { kind: 'connection.attached'; participantId: ParticipantId; connectionId: ConnectionId }
  | { kind: 'connection.ready'; participantId: ParticipantId }
  | { kind: 'connection.lost'; participantId: ParticipantId }
  | { kind: 'media.present'; participantId: ParticipantId }
  | { kind: 'media.lost'; participantId: ParticipantId }
  | { kind: 'producer.set'; participantId: ParticipantId; producer: ProducerState }
  | { kind: 'producer.closed'; participantId: ParticipantId; producerId: ProducerId }
  | { kind: 'producer.demanded'; participantId: ParticipantId; producerId: ProducerId; maxSpatialLayer: number }
  | { kind: 'quality.changed'; participantId: ParticipantId; quality: Quality }
  | { kind: 'speaker.changed'; participantId: ParticipantId | null }
  | { kind: 'chat.posted'; seq: number }
  | { kind: 'policy.changed'; policy: Policy }
  | { kind: 'session.ended' };

/** What of somebody may change while they are there. */
export type ProfileChange = Partial<Pick<Profile, 'name' | 'role' | 'overrides' | 'handRaisedAtMs' | 'permissions' | 'grants'>>;

/** A session that nobody has joined yet. */
export function newSession(
  of: Pick<SessionState, 'sessionId' | 'roomId' | 'startedAtMs' | 'policy'> & { chatSeq?: number; firstChatSeq?: number },
): SessionState {
  const { sessionId, roomId, startedAtMs, policy, firstChatSeq = 0, chatSeq = firstChatSeq } = of;
  return {
    sessionId,
    roomId,
    startedAtMs,
    policy,
    chatSeq,
    firstChatSeq,
    joining: new Map(),
    participants: new Map(),
    activeSpeakerId: null,
    ended: false,
  };
}

/** The state after an event. Never refuses: what may happen was decided before. */
export function evolve(state: SessionState, event: SessionEvent): SessionState {
  switch (event.kind) {
    case 'participant.admitted':
      return { ...state, joining: new Map(state.joining).set(event.profile.id, event.profile) };
    case 'participant.abandoned':
      return { ...state, joining: without(state.joining, event.participantId) };
    case 'participant.joined':
      return {
        ...state,
        joining: without(state.joining, event.profile.id),
        participants: new Map(state.participants).set(event.profile.id, newcomer(event)),
      };
    case 'participant.changed':
      return changed(state, event.participantId, event.change);
    case 'policy.changed':
      return { ...state, policy: event.policy };
    case 'participant.left':
      return { ...state, participants: without(state.participants, event.participantId) };
    case 'speaker.changed':
      return { ...state, activeSpeakerId: event.participantId };
    case 'chat.posted':
      return { ...state, chatSeq: event.seq };
    case 'session.ended':
      return { ...state, ended: true };
    default: {
      const participant = state.participants.get(event.participantId);
      if (!participant) return state;
      return { ...state, participants: new Map(state.participants).set(event.participantId, evolveParticipant(participant, event)) };
    }
  }
}

type ParticipantEvent = Exclude<
  SessionEvent,
  {
    kind:
      | 'participant.admitted'
      | 'participant.abandoned'
      | 'participant.joined'
      | 'participant.changed'
      | 'participant.left'
      | 'policy.changed'
      | 'speaker.changed'
      | 'chat.posted'
      | 'session.ended';
  }
>;

function evolveParticipant(participant: Participant, event: ParticipantEvent): Participant {
  switch (event.kind) {
    case 'connection.attached':
      return { ...participant, connection: { id: event.connectionId, ready: false } };
    case 'connection.ready':
      return { ...participant, connection: participant.connection && { ...participant.connection, ready: true } };
    case 'connection.lost':
      return { ...participant, connection: null };
    case 'media.present':
      return { ...participant, media: 'present' };
    case 'media.lost':
      return { ...participant, media: 'lost', producers: new Map(), demanded: new Map() };
    case 'producer.set':
      return { ...participant, producers: new Map(participant.producers).set(event.producer.id, event.producer) };
    case 'producer.closed': {
      const producers = new Map(participant.producers);
      const demanded = new Map(participant.demanded);
      producers.delete(event.producerId);
      demanded.delete(event.producerId);
      return { ...participant, producers, demanded };
    }
    case 'producer.demanded':
      return { ...participant, demanded: new Map(participant.demanded).set(event.producerId, event.maxSpatialLayer) };
    case 'quality.changed':
      return { ...participant, quality: event.quality };
  }
}

/** Also of somebody who is about to come in. */
function changed(state: SessionState, participantId: ParticipantId, change: ProfileChange): SessionState {
  const participant = state.participants.get(participantId);
  if (participant) return { ...state, participants: new Map(state.participants).set(participantId, { ...participant, ...change }) };
  const profile = state.joining.get(participantId);
  return profile ? { ...state, joining: new Map(state.joining).set(participantId, { ...profile, ...change }) } : state;
}

function newcomer({ profile, connectionId, media }: Extract<SessionEvent, { kind: 'participant.joined' }>): Participant {
  const connection = connectionId === null ? null : { id: connectionId, ready: true };
  return { ...profile, connection, media, quality: 'good', producers: new Map(), demanded: new Map() };
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

/** The connections that hear of what happens in the room, apart from one participant's own. */
export function audience(state: SessionState, except?: ParticipantId): ConnectionId[] {
  const ready = [...state.participants.values()].filter((participant) => participant.id !== except && participant.connection?.ready);
  return ready.flatMap((participant) => (participant.connection ? [participant.connection.id] : []));
}
