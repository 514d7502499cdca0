import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import type { ChatMessageId, ParticipantId, TeamId } from '@conclave/protocol/ids';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import type { Notification } from '@conclave/protocol/signalling/messages';
import type { ChatMessageView, KnockView } from '@conclave/protocol/signalling/views';
import type { Background } from '@conclave/runtime/background';
import type { Clock } from '@conclave/runtime/clock';
import { createLane, type Lane } from '@conclave/runtime/lane';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import { SERVER, type Cause } from '../event-log/cause.ts';
import type { MediaNode } from '../media-link/media-node.ts';
import { untilDone } from '../retry.ts';
import type { Turn } from '../turn/turn.ts';
import { mayRead } from './chat-rules.ts';
import { createMediaPaths, type MediaPaths } from './media-paths.ts';
import { createRecentChat, type RecentChat } from './recent-chat.ts';
import { decide } from './rules.ts';
import type { CloseCode, SessionCommand, SessionEffect } from './session-commands.ts';
import { evolve, type ConnectionId, type Policy, type SessionState } from './session-state.ts';
import type { Place, SessionStore } from './session-store.ts';
import { createStoreLane } from './store-lane.ts';

/** Where notifications go; connections that are gone are passed over. */
export interface Outbox {
  notify(connectionIds: readonly ConnectionId[], notification: Notification): void;
  close(connectionId: ConnectionId, code: CloseCode): void;
}

/** How many ids one notification names. */
const IDS_PER_NOTIFICATION = 1_000;

/** What a live session needs of the world. */
export interface LiveDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly background: Background;
  readonly store: SessionStore;
  readonly media: MediaNode;
  readonly turn: Pick<Turn, 'iceServersFor' | 'end'>;
  readonly outbox: Outbox;
  /** Aborted when the process stops: nothing is tried again after it. */
  readonly signal: AbortSignal;
}

export interface LiveRoomFacts {
  readonly teamId: TeamId;
  readonly policy: Policy;
}

/** One running session: the state machine of `rules.ts` with its mailbox, timers and effects. */
export interface LiveSession {
  readonly chat: RecentChat;
  /** What people do to each other and say is judged, stored and shown in this order. */
  readonly lane: Lane;
  /** Resume tokens are replaced in this order, also when it takes so long that the reply does not wait for it. */
  readonly resumeLane: Lane;
  readonly mediaPaths: MediaPaths;
  /** What its events say of where they happened. */
  readonly place: Place;
  state(): SessionState;
  /**
   * Applies one command: decides, evolves, calls `onApplied` with the new state, carries out the effects. A reply sent in
   * `onApplied` is ahead of every notification that the command or a later one causes. Events name `by` as the one who acted.
   * @throws AppError with the code of the refusal.
   */
  apply(command: SessionCommand, onApplied?: (state: SessionState) => void, by?: Cause): void;
  /** Takes deleted messages from memory and from every page. */
  forgetMessages(ids: readonly ChatMessageId[]): void;
  /** Stores what nobody waits for, after what was given before, for as long as it takes. `task` may run twice at once. */
  storeLater(name: string, task: () => Promise<void>): void;
  /** Stores at once what is still to be stored. @throws AppError `unavailable` */
  settle(): Promise<void>;
}

export interface LiveSessionHooks {
  /** Who waits in the lobby of the room now. */
  waiting(): KnockView[];
  onLeft(participantId: ParticipantId): void;
  onEnded(): void;
  /** That it ended is stored. */
  onEndStored(): void;
}

interface SessionInit {
  state: SessionState;
  teamId: TeamId;
  chat: readonly ChatMessageView[];
}

/**
 * Starts the shell around a session. Commands are applied whole, one at a time, and never wait: the mailbox cannot be held
 * up by a database or a media node that is away. What is slow happens before a command (join, chat) or after it (effects).
 */
export function createLiveSession(init: SessionInit, deps: LiveDeps, hooks: LiveSessionHooks): LiveSession {
  let state = init.state;
  const graceTimers = new Map<ParticipantId, () => void>();
  const log = deps.log.child({ sessionId: state.sessionId });
  const place: Place = { team: init.teamId, room: state.roomId, session: state.sessionId };
  const stores = createStoreLane({ ...deps, log });
  const mediaPaths = createMediaPaths({
    ...deps,
    log,
    sessionId: state.sessionId,
    grantsOf: (id) => (state.participants.get(id) ?? state.joining.get(id))?.grants,
    isConnected: (id) => Boolean(state.participants.get(id)?.connection),
  });

  const chat = createRecentChat(init.chat);

  function apply(command: SessionCommand, onApplied?: (state: SessionState) => void, by: Cause = SERVER): void {
    const decision = decide(state, command);
    if (!decision.ok) throw new AppError(decision.code);
    state = decision.events.reduce(evolve, state);
    onApplied?.(state);
    for (const effect of decision.effects) carryOut(effect, by);
  }

  /** For commands that nobody waits for. A refusal only means that they come too late. */
  function post(command: SessionCommand): void {
    try {
      apply(command);
    } catch (error) {
      log.debug({ err: error, command: command.kind }, 'a late command was refused');
    }
  }

  function deleteMedia(): void {
    const onFailure = (error: unknown) => log.warn({ err: error }, 'the media of a session could not be closed yet');
    const deleted = untilDone(() => deps.media.deleteSession(place.session), { timers: deps.timers, signal: deps.signal, onFailure });
    deps.background(deleted);
  }

  function cancelGrace(participantId: ParticipantId): void {
    graceTimers.get(participantId)?.();
    graceTimers.delete(participantId);
  }

  function carryOut(effect: SessionEffect, by: Cause): void {
    switch (effect.kind) {
      case 'notify':
        return deps.outbox.notify(effect.connectionIds, effect.notification);
      case 'close':
        return deps.outbox.close(effect.connectionId, effect.code);
      case 'grace.start': {
        cancelGrace(effect.participantId);
        const { participantId, reason } = effect;
        const over = () => post({ kind: 'grace.over', participantId, reason });
        return void graceTimers.set(participantId, deps.timers.schedule(effect.delayMs, over));
      }
      case 'grace.cancel':
        return cancelGrace(effect.participantId);
      case 'store.left': {
        const { participantId, reason } = effect;
        hooks.onLeft(participantId);
        const leaving = { place, by, reason, atMs: deps.clock.nowMs() };
        return void stores.add(effect.kind, () => deps.store.markLeft(participantId, leaving));
      }
      case 'store.ended': {
        hooks.onEnded();
        const ending = { place, by, reason: effect.reason, atMs: deps.clock.nowMs() };
        return deps.background(stores.add(effect.kind, () => deps.store.endSession(ending)).then(hooks.onEndStored));
      }
      case 'forget':
        return hooks.onLeft(effect.participantId);
      case 'chat.list':
        return listChat(effect.participantId);
      case 'lobby.list': {
        const data = { knocks: effect.may ? hooks.waiting() : [] };
        return deps.outbox.notify([effect.connectionId], { type: 'lobby.listed', data });
      }
      case 'media.patch':
        return mediaPaths.patch(effect.participantId);
      case 'media.delete':
        return mediaPaths.remove(effect.participantId);
      case 'media.delete-session':
        return deleteMedia();
      case 'media.repair':
        return mediaPaths.repair(effect.participantId, (media) => hand(effect.participantId, media));
    }
  }

  function listChat(participantId: ParticipantId): void {
    const reader = state.participants.get(participantId);
    if (!reader?.connection) return;
    const messages = chat.which((message) => mayRead(state, reader, message));
    deps.outbox.notify([reader.connection.id], { type: 'chat.listed', data: { messages } });
  }

  function hand(participantId: ParticipantId, media: MediaAccess): void {
    const connectionId = state.participants.get(participantId)?.connection?.id;
    const told = connectionId === undefined ? [] : [connectionId];
    apply({ kind: 'media.replaced', participantId }, () => deps.outbox.notify(told, { type: 'media.restarted', data: { media } }));
    const target = { kind: 'participant', id: participantId } as const;
    const event = { name: 'media.restarted', by: SERVER, ...place, target, data: {}, id: randomUUID(), atMs: deps.clock.nowMs() } as const;
    void stores.add(event.name, () => deps.store.record(event));
  }

  function forgetMessages(ids: readonly ChatMessageId[]): void {
    chat.delete(new Set(ids));
    for (let from = 0; from < ids.length; from += IDS_PER_NOTIFICATION) {
      const messageIds = ids.slice(from, from + IDS_PER_NOTIFICATION);
      post({ kind: 'tell', to: 'everybody', notification: { type: 'chat.deleted', data: { messageIds } } });
    }
  }

  return {
    chat,
    forgetMessages,
    lane: createLane(),
    resumeLane: createLane(),
    mediaPaths,
    place,
    state: () => state,
    apply,
    storeLater: (name, task) => void stores.add(name, task),
    settle: stores.settle,
  };
}
