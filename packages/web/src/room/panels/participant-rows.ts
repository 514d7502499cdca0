import type { RoleName } from '@conclave/protocol/roles';
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

export interface PeopleGroup {
  kind: 'hands' | 'role';
  /** The role's name; empty for hands. */
  role: RoleName;
  people: ParticipantView[];
}

/** Who has raised a hand first, the longest up on top; then role by role in the room's order. In each, as they joined. */
export function groupPeople(people: readonly ParticipantView[], roles: readonly RoleName[]): PeopleGroup[] {
  const up = people.filter(({ handRaisedAtMs }) => handRaisedAtMs !== null);
  const hands = up.toSorted((a, b) => (a.handRaisedAtMs ?? 0) - (b.handRaisedAtMs ?? 0));
  const others = people.filter(({ handRaisedAtMs }) => handRaisedAtMs === null);
  // A role that the room has no more still has people.
  const known = [...new Set([...roles, ...others.map(({ role }) => role)])];
  const groups: PeopleGroup[] = [
    { kind: 'hands', role: '', people: hands },
    ...known.map((role): PeopleGroup => ({ kind: 'role', role, people: others.filter((person) => person.role === role) })),
  ];
  return groups.filter((group) => group.people.length > 0);
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
