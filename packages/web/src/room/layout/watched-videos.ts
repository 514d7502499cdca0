import type { SessionState, WatchedVideo } from '../../session/state.ts';
import type { PlacedTile } from './stage-layout.ts';

/** A person's picture is shown when there is a producer for it that is not paused; a share likewise. */
export function isSending(
  state: Pick<SessionState, 'participants'>,
  participantId: string,
  source: 'camera' | 'screen' | 'microphone',
): boolean {
  return state.participants[participantId]?.producers.some((producer) => producer.source === source && !producer.paused) ?? false;
}

/** What the media node must send for this layout, in device pixels. One's own picture never comes from there. */
export function watchedVideos(
  placed: readonly PlacedTile[],
  state: Pick<SessionState, 'participants'>,
  devicePixelRatio: number,
): WatchedVideo[] {
  return placed
    .filter((tile) => !tile.isSelf && isSending(state, tile.participantId, tile.kind))
    .map((tile) => ({
      participantId: tile.participantId,
      source: tile.kind,
      widthPx: Math.round(tile.box.width * devicePixelRatio),
      heightPx: Math.round(tile.box.height * devicePixelRatio),
      priority: tile.place === 'main' ? 'main' : 'tile',
    }));
}
