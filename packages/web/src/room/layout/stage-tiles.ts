import type { ParticipantView } from '@conclave/protocol/signalling/views';
import type { SessionState } from '../../session/state.ts';

export type TileKey = `${string}:camera` | `${string}:screen`;

/** Something that can be shown on the stage: a person, or what a person shares. */
export interface StageTile {
  key: TileKey;
  kind: 'camera' | 'screen';
  participantId: string;
  isSelf: boolean;
}

export const cameraKey = (participantId: string): TileKey => `${participantId}:camera`;
export const screenKey = (participantId: string): TileKey => `${participantId}:screen`;

type Roster = Pick<SessionState, 'participants' | 'order' | 'self' | 'local'>;

export function isSharing(participant: ParticipantView): boolean {
  return participant.producers.some((producer) => producer.source === 'screen' && !producer.paused);
}

/** Who may neither speak nor show anything is among the audience: on the list of participants, not on the stage. */
export function isOnStage({ grants }: ParticipantView): boolean {
  return grants.microphone || grants.camera || grants.screen;
}

/** Everything that can be shown, in order of joining; one's own camera is first, shares follow their person. */
export function stageTiles({ participants, order, self, local }: Roster): StageTile[] {
  const selfId = self?.participantId;
  const tiles = order.flatMap((id): StageTile[] => {
    const participant = participants[id];
    if (!participant || !isOnStage(participant)) return [];
    const isSelf = id === selfId;
    const shares = isSelf ? local.screen.on : isSharing(participant);
    const camera: StageTile = { key: cameraKey(id), kind: 'camera', participantId: id, isSelf };
    return shares ? [camera, { key: screenKey(id), kind: 'screen', participantId: id, isSelf }] : [camera];
  });
  return [...tiles.filter((tile) => tile.isSelf), ...tiles.filter((tile) => !tile.isSelf)];
}

/**
 * Chooses who is on the first page: whoever spoke lately moves up to it, and everybody keeps the order they had,
 * so that tiles do not jump about with each word.
 */
export function orderForPages(tiles: readonly StageTile[], pageSize: number, recentSpeakers: readonly string[]): StageTile[] {
  if (tiles.length <= pageSize) return [...tiles];
  const wanted = new Set<StageTile>(tiles.filter((tile) => tile.isSelf));
  for (const id of recentSpeakers) {
    const tile = tiles.find((candidate) => candidate.participantId === id && candidate.kind === 'camera');
    if (tile && wanted.size < pageSize) wanted.add(tile);
  }
  for (const tile of tiles) if (wanted.size < pageSize) wanted.add(tile);
  return [...tiles.filter((tile) => wanted.has(tile)), ...tiles.filter((tile) => !wanted.has(tile))];
}
