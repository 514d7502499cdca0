import type { MediaAccess } from '@conclave/protocol/media-api/public';
import type { Joined, Notification } from '@conclave/protocol/signalling/messages';
import type { StoreApi } from 'zustand/vanilla';
import type { ChatClient } from './chat-client.ts';
import { createHeldClosings } from './held-closings.ts';
import type { LocalSources } from './local-sources.ts';
import type { Media } from './media.ts';
import type { RemoteTrackStore } from './remote-tracks.ts';
import { applyToRoster, rosterOf } from './roster.ts';
import type { SessionState } from './state.ts';
import type { TabPlace } from './tab-place.ts';

/** New producers often come in pairs (microphone and camera): one request for both. */
const NEW_PRODUCER_WAIT_MS = 15;
/** Long enough for the news of a withdrawn grant or of a rebuilt path to arrive first. */
const REPUBLISH_AFTER_MS = 1_000;
/** A server that was just started may still be learning who sends what. */
const PRUNE_AFTER_MS = 3_000;

export interface RoomEvents {
  /** The room's whole state, after the join and after each return. */
  enter(joined: Joined): void;
  take(notification: Notification): void;
  /** True for a producer that has closed although it is still shown. */
  isClosing(producerId: string): boolean;
  /** Forgets what was planned. */
  clear(): void;
}

export interface RoomEventParts {
  store: StoreApi<SessionState>;
  media: Media;
  local: LocalSources;
  remote: RemoteTrackStore;
  chat: ChatClient;
  place: TabPlace;
}

/** Carries what the server says into the state, the media path and one's own devices. */
export function createRoomEvents({ store, media, local, remote, chat, place }: RoomEventParts): RoomEvents {
  const { getState, setState } = store;
  let republishTimer: ReturnType<typeof setTimeout> | undefined;
  let pruneTimer: ReturnType<typeof setTimeout> | undefined;

  const openMedia = (access: MediaAccess) => {
    place.knowRouter(access.routerRtpCapabilities);
    place.remember();
    // A browser that cannot open it takes part without media.
    media.open(access).catch(() => setState({ mediaPath: 'none' }));
  };

  /** The media path outlived signalling: take what is new, and later let go of what closed meanwhile. */
  const catchUp = () => {
    const path = media.path();
    path?.receive.reconcile(0);
    clearTimeout(pruneTimer);
    pruneTimer = setTimeout(() => {
      if (media.path() === path) path?.receive.closeMissing();
    }, PRUNE_AFTER_MS);
  };

  /** Either the grant went, or the media node lost it; then a new path is on its way, or sending it again is enough. */
  const ownProducerClosed = (producerId: string) => {
    const path = media.path();
    if (path === null || path.send.closedByNode(producerId) === null) return;
    clearTimeout(republishTimer);
    republishTimer = setTimeout(() => {
      if (media.path() === path) void local.publishAll();
    }, REPUBLISH_AFTER_MS);
    const grants = getState().self?.grants;
    if (grants !== undefined) local.obey(grants);
  };

  const act = (notification: Notification) => {
    const path = media.path();
    switch (notification.type) {
      case 'producer.opened':
        return path?.receive.reconcile(NEW_PRODUCER_WAIT_MS);
      case 'producer.closed': {
        const { participantId, producerId } = notification.data;
        return participantId === getState().self?.participantId ? ownProducerClosed(producerId) : path?.receive.closedByNode(producerId);
      }
      case 'producer.demanded':
        return path?.send.demand(notification.data.producerId, notification.data.maxSpatialLayer);
      case 'participant.left':
        return remote.forget(notification.data.participantId);
      case 'chat.posted':
        return chat.posted(notification.data.message);
      case 'chat.deleted':
        return chat.deleted(notification.data.messageIds);
      case 'chat.listed':
        return chat.receiveAll(notification.data.messages);
      case 'chat.reacted':
        return chat.reacted(notification.data.messageId, notification.data.reactions);
      case 'media.restarted':
        return openMedia(notification.data.media);
      case 'self.updated':
        local.obey(notification.data.grants);
        return path?.receive.reconcile(0);
      case 'self.muted': {
        local.muted(notification.data.source);
        return setState({ nudge: { kind: 'muted', ...notification.data } });
      }
      case 'self.asked-to-unmute':
        return setState({ nudge: { kind: 'asked', ...notification.data } });
      case 'room.updated':
      case 'lobby.knocked':
      case 'lobby.left':
      case 'lobby.listed':
      case 'lobby.admitted':
      case 'lobby.turned-away':
      case 'lobby.sent-back':
      case 'participant.joined':
      case 'participant.updated':
      case 'producer.updated':
      case 'speaker.changed':
        return undefined;
    }
  };

  const apply = (notification: Notification) => {
    setState((state) => applyToRoster(state, notification));
    act(notification);
  };
  const held = createHeldClosings((data) => apply({ type: 'producer.closed', data }));

  /** Somebody else's picture that was flowing until now. */
  const endsPicture = (notification: Notification): notification is Extract<Notification, { type: 'producer.closed' }> => {
    if (notification.type !== 'producer.closed') return false;
    const { participantId, producerId } = notification.data;
    const { participants, self } = getState();
    const producer = participants[participantId]?.producers.find(({ id }) => id === producerId);
    return participantId !== self?.participantId && producer?.kind === 'video' && !producer.paused;
  };

  return {
    enter: (joined) => {
      held.clear();
      const sameSession = getState().room?.sessionId === joined.room.sessionId;
      if (!sameSession) setState({ chat: [] });
      setState({ ...rosterOf(joined), phase: { kind: 'joined' } });
      chat.receiveAll(joined.chat);
      if (!sameSession) setState({ unread: 0 }); // what was said before one came is not news
      local.obey(joined.self.grants);
      place.remember();
      if (joined.media !== null) openMedia(joined.media);
      else catchUp();
      chat.resendAll();
    },
    take: (notification) => {
      if (endsPicture(notification)) return held.hold(notification.data);
      if (notification.type === 'media.restarted') held.extend();
      apply(notification);
    },
    isClosing: held.has,
    clear: () => {
      clearTimeout(republishTimer);
      clearTimeout(pruneTimer);
      held.clear();
    },
  };
}
