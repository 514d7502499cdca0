import type { ParticipantView } from '@conclave/protocol/signalling/views';
import type { SessionState } from '../../session/state.ts';
import { isSharing } from '../layout/stage-tiles.ts';
import { isSending } from '../layout/watched-videos.ts';

export interface ParticipantRow {
  isSelf: boolean;
  microphoneOn: boolean;
  cameraOn: boolean;
  sharing: boolean;
  quality: ParticipantView['quality'];
  connection: ParticipantView['connection'];
}

/** What the list says of one person; of oneself what the devices say. */
export function participantRow(
  state: Pick<SessionState, 'participants' | 'self' | 'local' | 'quality'>,
  person: ParticipantView,
): ParticipantRow {
  if (person.id === state.self?.participantId) {
    const { microphone, camera, screen } = state.local;
    return {
      isSelf: true,
      microphoneOn: microphone.on,
      cameraOn: camera.on,
      sharing: screen.on,
      quality: state.quality,
      connection: 'connected',
    };
  }
  return {
    isSelf: false,
    microphoneOn: isSending(state, person.id, 'microphone'),
    cameraOn: isSending(state, person.id, 'camera'),
    sharing: isSharing(person),
    quality: person.quality,
    connection: person.connection,
  };
}

/** Letters that Unicode does not take apart into a letter and a mark. */
const FOLDED: Readonly<Record<string, string>> = { ı: 'i', ø: 'o', ł: 'l', đ: 'd', ß: 'ss', æ: 'ae', œ: 'oe' };

const plain = (text: string) =>
  text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[ıøłđßæœ]/gu, (letter) => FOLDED[letter] ?? letter);

/** Those whose name contains the words, whatever the case and the accents. An empty query finds everybody. */
export function findPeople(people: readonly ParticipantView[], query: string): ParticipantView[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  return people.filter((person) => words.every((word) => plain(person.name).includes(word)));
}
