import type { ErrorCode } from '@conclave/protocol/errors';
import type { EventData } from '@conclave/protocol/events/names';
import type { ParticipantId } from '@conclave/protocol/ids';
import type { MediaEvent, ProducerState } from '@conclave/protocol/media-api/internal';
import type { Settings } from '@conclave/protocol/rest/settings';
import type { Grants, Permission, RoleName } from '@conclave/protocol/roles';
import type { Notification } from '@conclave/protocol/signalling/messages';
import type { ChatMessageView, ControlsView } from '@conclave/protocol/signalling/views';
import type { Role } from '../access/roles.ts';
import type { GrantOverrides } from '../db/tables/sessions.ts';
import type { ConnectionId, Profile, SessionEvent } from './session-state.ts';

/** What the media node told about this one session. */
export type SessionMediaEvent = Exclude<MediaEvent, { type: 'node.hello' }>;
export interface MediaSnapshot {
  participantId: ParticipantId;
  grants: Grants;
  producers: readonly ProducerState[];
  lost: boolean;
}

export type LeavingReason = EventData<'participant.left'>['reason'];
export type EndReason = EventData<'session.ended'>['reason'];
/** Why somebody is given time to come back. */
export type GraceReason = Extract<LeavingReason, 'connection_lost' | 'server_restarted'>;

export type SessionCommand =
  /** Takes a seat before anything slow is done. `maxParticipants` null: no limit. */
  | { kind: 'admit'; profile: Profile; maxParticipants: number | null }
  /** An admitted person will not come: the media node refused or the connection broke. */
  | { kind: 'abandon'; participantId: ParticipantId }
  | { kind: 'join'; participantId: ParticipantId; connectionId: ConnectionId }
  /** After a restart of the server: somebody who may come back. */
  | { kind: 'restore'; profile: Profile }
  /** A connection showed a good resume token; the older connection of the same participant, if any, is closed. */
  | { kind: 'attach'; participantId: ParticipantId; connectionId: ConnectionId }
  /** The resume is complete; `freshMedia` when a new media path took the place of the one before. */
  | { kind: 'ready'; participantId: ParticipantId; connectionId: ConnectionId; freshMedia: boolean }
  | { kind: 'lose'; participantId: ParticipantId; connectionId: ConnectionId; goodbye: boolean }
  | { kind: 'grace.over'; participantId: ParticipantId; reason: GraceReason }
  | { kind: 'leave'; participantId: ParticipantId }
  | { kind: 'rename'; participantId: ParticipantId; name: string }
  | { kind: 'set-role'; participantId: ParticipantId; role: RoleName }
  | { kind: 'set-overrides'; participantId: ParticipantId; overrides: GrantOverrides }
  | { kind: 'set-hand'; participantId: ParticipantId; raisedAtMs: number | null }
  /** They are gone at once and for good: that is stored already. Who is about to come in is turned back. */
  | { kind: 'expel'; participantIds: readonly ParticipantId[]; reason: ExpelReason }
  | { kind: 'set-controls'; controls: ControlsView }
  | { kind: 'set-policy'; settings?: Settings; roles?: readonly Role[]; hasPassword?: boolean }
  /** Changes nothing; sent to those who are connected. */
  | { kind: 'tell'; to: Hearers; except?: ConnectionId; notification: Notification }
  /** Stored messages in order of `seq`; those that were shown before are passed over. `toldConnectionId` learns its own by the reply. */
  | { kind: 'chat.stored'; messages: readonly ChatMessageView[]; toldConnectionId: ConnectionId | null }
  /** A new media path was made for somebody who is connected; the one before is void. */
  | { kind: 'media.replaced'; participantId: ParticipantId }
  | { kind: 'media.event'; event: SessionMediaEvent }
  | { kind: 'media.snapshot'; participants: readonly MediaSnapshot[] }
  | { kind: 'end'; reason: EndReason };

export type ExpelReason = 'removed' | 'banned' | 'sent_to_lobby';

/** Who is told something. */
export type Hearers =
  | 'everybody'
  | { readonly permission: Permission }
  | { readonly participantIds: readonly ParticipantId[] }
  | { readonly roles: readonly RoleName[] };

/** Why a connection is closed, as its close code says. */
export type CloseCode = 'replaced' | 'session_ended' | 'removed' | 'banned' | 'turned_away';

/** What the shell must do after the state has changed, in this order. */
export type SessionEffect =
  | { kind: 'notify'; connectionIds: readonly ConnectionId[]; notification: Notification }
  | { kind: 'close'; connectionId: ConnectionId; code: CloseCode }
  | { kind: 'grace.start'; participantId: ParticipantId; delayMs: number; reason: GraceReason }
  | { kind: 'grace.cancel'; participantId: ParticipantId }
  | { kind: 'store.left'; participantId: ParticipantId; reason: LeavingReason }
  | { kind: 'store.ended'; reason: EndReason }
  /** Nothing brings them back any more. */
  | { kind: 'forget'; participantId: ParticipantId }
  /** Shows somebody what they may read of the chat now. */
  | { kind: 'chat.list'; participantId: ParticipantId }
  /** Tells somebody who waits in the lobby, or with `may` false nobody. */
  | { kind: 'lobby.list'; connectionId: ConnectionId; may: boolean }
  /** The media node is told what the participant may do now. */
  | { kind: 'media.patch'; participantId: ParticipantId }
  | { kind: 'media.delete'; participantId: ParticipantId }
  | { kind: 'media.delete-session' }
  /** Somebody who is connected lost the media path: make another and send it. */
  | { kind: 'media.repair'; participantId: ParticipantId };

export type Decision = { ok: true; events: SessionEvent[]; effects: SessionEffect[] } | { ok: false; code: ErrorCode };
