import type { MediaKind, MediaSource } from '@conclave/protocol/media-api/rtp';
import type { Grants } from '@conclave/protocol/roles';

const KIND_OF = { microphone: 'audio', camera: 'video', screen: 'video', 'screen-audio': 'audio' } as const satisfies Record<
  MediaSource,
  MediaKind
>;

const GRANT_OF = { microphone: 'microphone', camera: 'camera', screen: 'screen', 'screen-audio': 'screen' } as const satisfies Record<
  MediaSource,
  keyof Grants
>;

/** Whether these grants let a participant send this source. */
export function canSend(grants: Grants, source: MediaSource): boolean {
  return grants[GRANT_OF[source]];
}

/** Whether a source may be of this kind: a microphone is never video. */
export function fitsKind(source: MediaSource, kind: MediaKind): boolean {
  return KIND_OF[source] === kind;
}

/**
 * Which producers a newcomer gets consumers for before asking: all audio, then screens, then cameras in order of opening,
 * at most `maxVideos` videos.
 */
export function chooseInitial<P extends { kind: MediaKind; source: MediaSource }>(producers: readonly P[], maxVideos: number): P[] {
  const videos = producers
    .filter(({ kind }) => kind === 'video')
    .toSorted((a, b) => Number(b.source === 'screen') - Number(a.source === 'screen'));
  return [...producers.filter(({ kind }) => kind === 'audio'), ...videos.slice(0, maxVideos)];
}

/** The highest spatial layer that a video can have, from its encodings: simulcast counts encodings, SVC names it (`L3T3_KEY`). At most 3. */
export function topLayer(encodings: readonly { scalabilityMode?: string | undefined }[]): number {
  const named = /^[LS]([1-9])/.exec(encodings[0]?.scalabilityMode ?? '')?.[1];
  const count = encodings.length > 1 ? encodings.length : Number(named ?? 1);
  return Math.min(count - 1, 3);
}
