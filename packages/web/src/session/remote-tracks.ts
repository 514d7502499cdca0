import type { MediaSource } from '@conclave/protocol/media-api/rtp';
import type { StoreApi } from 'zustand/vanilla';
import type { Playback } from './playback.ts';
import type { RemoteTracks, SessionState } from './state.ts';

type Flowing = { participantId: string; source: MediaSource };

/** How often to look whether a successor has delivered its first frame, and how long at most. */
const LOOK_EVERY_MS = 40;
const FIRST_FRAME_WITHIN_MS = 3_000;

/** The part of a receiver that tells whether frames arrive. */
export type FrameSource = Pick<RTCRtpReceiver, 'getSynchronizationSources'>;

/** What others send, as the page shows and plays it: `state.remote` and the loudspeaker always agree. */
export interface RemoteTrackStore {
  /**
   * A new track. Where a video is shown already, its last frame stays until the first of the successor is there; without a receiver, or
   * if none comes within 3 s, the successor takes over as it is.
   */
  set(participantId: string, source: MediaSource, track: MediaStreamTrack, receiver?: FrameSource): void;
  /** Passed over when another track has taken its place meanwhile. */
  gone(participantId: string, source: MediaSource, track: MediaStreamTrack): void;
  forget(participantId: string): void;
  /** After a rebuild: what has not come back is given up. */
  keepOnly(flowing: readonly Flowing[]): void;
  clear(): void;
}

export function createRemoteTracks(store: StoreApi<SessionState>, playback: Playback): RemoteTrackStore {
  const successors = new Map<string, { track: MediaStreamTrack; timer: ReturnType<typeof setInterval> }>();
  const keyOf = (participantId: string, source: MediaSource) => `${participantId}/${source}`;

  const cancel = (key: string) => {
    clearInterval(successors.get(key)?.timer);
    successors.delete(key);
  };
  const put = (participantId: string, source: MediaSource, track: MediaStreamTrack | null) => {
    cancel(keyOf(participantId, source));
    if (isSound(source)) playback.set(participantId, source, track);
    store.setState(({ remote }) => ({ remote: withTrack(remote, participantId, source, track) }));
  };
  const each = (visit: (participantId: string, source: MediaSource) => void) => {
    for (const [participantId, tracks] of Object.entries(store.getState().remote)) {
      for (const source of Object.keys(tracks)) visit(participantId, source as MediaSource); // keys of RemoteTracks
    }
  };

  return {
    set: (participantId, source, track, receiver) => {
      const shown = store.getState().remote[participantId]?.[source];
      if (shown === undefined || receiver === undefined || isSound(source)) return put(participantId, source, track);
      const key = keyOf(participantId, source);
      cancel(key);
      let looksLeft = FIRST_FRAME_WITHIN_MS / LOOK_EVERY_MS;
      const timer = setInterval(() => {
        if (receiver.getSynchronizationSources().length > 0 || --looksLeft <= 0) put(participantId, source, track);
      }, LOOK_EVERY_MS);
      successors.set(key, { track, timer });
    },
    gone: (participantId, source, track) => {
      const key = keyOf(participantId, source);
      if (successors.get(key)?.track === track || (!successors.has(key) && store.getState().remote[participantId]?.[source] === track)) {
        put(participantId, source, null);
      }
    },
    forget: (participantId) =>
      each((id, source) => {
        if (id === participantId) put(id, source, null);
      }),
    keepOnly: (flowing) => {
      const keys = new Set(flowing.map((one) => keyOf(one.participantId, one.source)));
      each((id, source) => {
        if (!keys.has(keyOf(id, source))) put(id, source, null);
      });
    },
    clear: () => each((id, source) => put(id, source, null)),
  };
}

function isSound(source: MediaSource): source is 'microphone' | 'screen-audio' {
  return source === 'microphone' || source === 'screen-audio';
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
