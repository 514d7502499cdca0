import type { MediaSource } from '@conclave/protocol/media-api/rtp';
import type { StoreApi } from 'zustand/vanilla';
import type { Playback } from './playback.ts';
import type { RemoteTracks, SessionState } from './state.ts';

type Flowing = { participantId: string; source: MediaSource };

/** What others send, as the page shows and plays it: `state.remote` and the loudspeaker always agree. */
export interface RemoteTrackStore {
  set(participantId: string, source: MediaSource, track: MediaStreamTrack): void;
  /** Passed over when another track has taken its place meanwhile. */
  gone(participantId: string, source: MediaSource, track: MediaStreamTrack): void;
  forget(participantId: string): void;
  /** After a rebuild: what has not come back is given up. */
  keepOnly(flowing: readonly Flowing[]): void;
  clear(): void;
}

export function createRemoteTracks(store: StoreApi<SessionState>, playback: Playback): RemoteTrackStore {
  const put = (participantId: string, source: MediaSource, track: MediaStreamTrack | null) => {
    if (source === 'microphone' || source === 'screen-audio') playback.set(participantId, source, track);
    store.setState(({ remote }) => ({ remote: withTrack(remote, participantId, source, track) }));
  };
  const each = (visit: (participantId: string, source: MediaSource) => void) => {
    for (const [participantId, tracks] of Object.entries(store.getState().remote)) {
      for (const source of Object.keys(tracks)) visit(participantId, source as MediaSource); // keys of RemoteTracks
    }
  };
  return {
    set: put,
    gone: (participantId, source, track) => {
      if (store.getState().remote[participantId]?.[source] === track) put(participantId, source, null);
    },
    forget: (participantId) =>
      each((id, source) => {
        if (id === participantId) put(id, source, null);
      }),
    keepOnly: (flowing) => {
      const keys = new Set(flowing.map((one) => `${one.participantId}/${one.source}`));
      each((id, source) => {
        if (!keys.has(`${id}/${source}`)) put(id, source, null);
      });
    },
    clear: () => each((id, source) => put(id, source, null)),
  };
}

/** A new map; a participant without tracks is not in it. */
export function withTrack(
  remote: SessionState['remote'],
  participantId: string,
  source: MediaSource,
  track: MediaStreamTrack | null,
): SessionState['remote'] {
  const { [source]: _replaced, ...others }: RemoteTracks = remote[participantId] ?? {};
  const tracks = track === null ? others : { ...others, [source]: track };
  const { [participantId]: _before, ...rest } = remote;
  return Object.keys(tracks).length === 0 ? rest : { ...rest, [participantId]: tracks };
}
