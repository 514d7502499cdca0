import type { Quality } from '@conclave/protocol/media-api/internal';
import { useShallow } from 'zustand/react/shallow';
import type { SessionState } from '../../session/state.ts';
import { isSending } from '../layout/watched-videos.ts';
import { useSession } from '../session-context.tsx';

export interface Person {
  name: string;
  initials: string | null;
  avatar: string | null;
  connection: 'connected' | 'reconnecting';
  quality: Quality;
  microphoneOn: boolean;
  isActiveSpeaker: boolean;
  isHandUp: boolean;
  /** null: there is no picture to show now. */
  track: MediaStreamTrack | null;
}

/** What a tile shows of one person; of oneself it is what the devices say, so that it is right before the server has answered. */
export function personOf(state: SessionState, participantId: string, kind: 'camera' | 'screen'): Person {
  const view = state.participants[participantId];
  const isSelf = state.self?.participantId === participantId;
  const remoteTrack = isSending(state, participantId, kind) ? (state.remote[participantId]?.[kind] ?? null) : null;
  return {
    name: view?.name ?? '',
    initials: view?.initials ?? null,
    avatar: view?.avatar ?? null,
    connection: isSelf ? 'connected' : (view?.connection ?? 'connected'),
    quality: isSelf ? state.quality : (view?.quality ?? 'good'),
    microphoneOn: isSelf ? state.local.microphone.on : isSending(state, participantId, 'microphone'),
    isHandUp: view !== undefined && view.handRaisedAtMs !== null,
    isActiveSpeaker: state.activeSpeakerId === participantId,
    track: isSelf ? (state.local[kind].on ? state.local[kind].track : null) : remoteTrack,
  };
}

export function usePerson(participantId: string, kind: 'camera' | 'screen'): Person {
  return useSession(useShallow((state) => personOf(state, participantId, kind)));
}
