import type { ErrorCode } from '@conclave/protocol/errors';
import type { Quality } from '@conclave/protocol/media-api/internal';
import type { MediaSource, RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import type { ReplyData, RequestData, RequestType } from '@conclave/protocol/signalling/messages';
import type {
  ChatAudience,
  ChatEmoji,
  ChatMessageView,
  KnockView,
  ParticipantView,
  RoomView,
  SelfView,
} from '@conclave/protocol/signalling/views';
import type { StoreApi } from 'zustand/vanilla';
import type { SessionInspection } from './inspection.ts';

/**
 * What the page shows is a function of this state; `session/` changes it, React only reads it and calls `SessionCommands`.
 * Held in a zustand vanilla store, so that a component re-renders for its slice alone.
 */
export type SessionPhase =
  | { kind: 'idle' }
  | { kind: 'joining'; step: 'ticket' | 'signalling' | 'media' }
  /** In the lobby, until somebody lets one in. `sentBack`: one was in the room before. */
  | { kind: 'waiting'; sentBack: boolean }
  | { kind: 'joined' }
  /** Signalling is away; media may still flow. `attempt` counts from 1. */
  | { kind: 'reconnecting'; attempt: number; sinceMs: number }
  /** `word`: what somebody said who turned one away. */
  | { kind: 'ended'; reason: 'left' | 'replaced' | 'session_ended' | 'banned' | 'removed' | 'turned_away'; word?: string | null }
  | { kind: 'failed'; code: ErrorCode | 'network' };

/** The path of media, apart from signalling. */
export type MediaPathState = 'none' | 'connecting' | 'connected' | 'recovering';

/** A problem with a device or a share, shown next to what it is about. */
export type DeviceProblem =
  | 'permission_denied'
  | 'not_found'
  | 'in_use'
  | 'insecure_context'
  | 'unsupported'
  | 'ended_by_system'
  | 'not_granted'
  | 'unknown';

export interface LocalMedia {
  microphone: { on: boolean; busy: boolean; problem: DeviceProblem | null };
  camera: { on: boolean; busy: boolean; problem: DeviceProblem | null; track: MediaStreamTrack | null };
  screen: { on: boolean; busy: boolean; problem: DeviceProblem | null; track: MediaStreamTrack | null };
}

/**
 * What one receives from one participant. Tracks are ready to be put into an element (`video-element.ts` swaps them without
 * a dark frame). While the media path is rebuilt the ended track of before stays here until its successor takes its place.
 */
export type RemoteTracks = Partial<Record<MediaSource, MediaStreamTrack>>;

export interface PendingMessage {
  clientMessageId: string;
  text: string;
  to: ChatAudience;
  replyTo: ChatMessageView['id'] | null;
  failed: ErrorCode | 'network' | null;
}

/** What a moderator did to oneself or asks of one, until it is dismissed. */
export interface Nudge {
  kind: 'muted' | 'asked';
  /** Who did. */
  participantId: string;
  source: MediaSource;
}

export interface SessionState {
  phase: SessionPhase;
  mediaPath: MediaPathState;
  self: SelfView | null;
  room: RoomView | null;
  /** By id; `order` is the order of joining, oneself included. */
  participants: Readonly<Record<string, ParticipantView>>;
  order: readonly string[];
  remote: Readonly<Record<string, RemoteTracks>>;
  activeSpeakerId: string | null;
  chat: readonly ChatMessageView[];
  pending: readonly PendingMessage[];
  unread: number;
  /** Who waits, in order; empty for those who may not let in. */
  lobby: readonly KnockView[];
  nudge: Nudge | null;
  local: LocalMedia;
  /** null: the system's default. */
  devices: DeviceChoice;
  /** One's own connection. */
  quality: Quality;
  /** True when the browser refused to play sound until a click. */
  playbackBlocked: boolean;
}

/** What is on screen, told by the layout: everything else is paused at the media node. Sizes in CSS pixels × device pixel ratio. */
export interface WatchedVideo {
  participantId: string;
  source: 'camera' | 'screen';
  widthPx: number;
  heightPx: number;
  priority: 'main' | 'tile';
}

export interface DeviceChoice {
  microphoneId: string | null;
  cameraId: string | null;
  speakerId: string | null;
}

export interface JoinOptions {
  room: string;
  token: string | null;
  /** The secret of a personal invite. */
  invite: string | null;
  password: string | null;
  name: string | null;
  devices: DeviceChoice;
  microphoneOn: boolean;
  cameraOn: boolean;
  /** Tracks of the preview, handed over so that the camera does not blink; the session owns them from here on. */
  microphoneTrack: MediaStreamTrack | null;
  cameraTrack: MediaStreamTrack | null;
}

/** Nothing here throws for what a user can cause; problems appear in the state. */
export interface SessionCommands {
  /** Somebody is about to press Join; what they need for it is asked for. Tells nothing and promises nothing. */
  anticipate(person: Pick<JoinOptions, 'room' | 'token' | 'invite' | 'password' | 'name'>): void;
  join(options: JoinOptions): Promise<void>;
  /** After a reload: true if this tab was in the room and resumes. */
  resume(room: string): Promise<boolean>;
  leave(): Promise<void>;
  setMicrophone(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  /** Opens the browser's own dialog: what is shared is chosen there, by the person, each time. */
  startScreenShare(): Promise<void>;
  stopScreenShare(): Promise<void>;
  selectDevices(choice: Partial<DeviceChoice>): Promise<void>;
  sendChat(text: string, how?: { to?: ChatAudience; replyTo?: ChatMessageView['id'] | null }): Promise<void>;
  retryChat(clientMessageId: string): Promise<void>;
  /** Gives up a message that was not sent. */
  discardChat(clientMessageId: string): void;
  markChatRead(): void;
  setChatOpen(open: boolean): void;
  react(messageId: ChatMessageView['id'], emoji: ChatEmoji, on: boolean): Promise<void>;
  rename(name: string): Promise<void>;
  /** Any other message of the protocol; a refusal is told, not thrown. Who may send what: `maySend` of the protocol. */
  ask<T extends RequestType>(
    type: T,
    data: RequestData<T>,
  ): Promise<{ ok: true; data: ReplyData<T> } | { ok: false; code: ErrorCode | 'network' }>;
  dismissNudge(): void;
  watch(videos: readonly WatchedVideo[]): void;
  unblockPlayback(): Promise<void>;
  /** 0 to 1, for level meters; cheap enough to call each frame. `self` (or one's own id) is one's own microphone. */
  audioLevel(participantId: string): number;
}

/** One participant in one room in one page. Made once per page; `join` may be called again after the phase has ended or failed. */
export interface MeetingSession {
  store: StoreApi<SessionState>;
  commands: SessionCommands;
  /**
   * Warms up what a join will need, while somebody is still typing a name: the WebRTC engine and, if the router's capabilities
   * are known (`EntryReply.routerRtpCapabilities`), the codecs. Never throws, asks for no permission, may be called often.
   */
  prepare(routerRtpCapabilities?: RtpCapabilities): Promise<void>;
  /** Counters for tests and the diagnostics panel; no secrets. The page carries it as `window.conclave.inspect`. */
  inspect(): Promise<SessionInspection>;
  /** Leaves without a goodbye, and lets go of every track, connection, timer and listener. */
  dispose(): void;
}
