import type { RoleName } from '@conclave/protocol/roles';
import type { RequestType } from '@conclave/protocol/signalling/messages';
import { maySend, VERBS } from '@conclave/protocol/signalling/verbs';
import type { ParticipantView, RoleView } from '@conclave/protocol/signalling/views';
import type { SessionCommands, SessionState } from '../../session/state.ts';
import { isSending } from '../layout/watched-videos.ts';

type Seat = Pick<SessionState, 'self' | 'room'>;
type Ask = SessionCommands['ask'];
export type Answer = Awaited<ReturnType<Ask>>;

/** Whether the page offers a message, towards somebody of a role where it acts on one: exactly what the server's table permits. */
export function mayI({ self, room }: Seat, type: RequestType, target?: RoleName): boolean {
  const role = room?.roles.find(({ name }) => name === self?.role);
  const { permission } = VERBS[type];
  if (self === null || role === undefined) return false;
  return (permission === null || self.permissions.includes(permission)) && maySend(type, role.permissions, target);
}

interface Offer {
  type: RequestType;
  /** Whether it would change anything. */
  applies(person: ParticipantView): boolean;
  ask(ask: Ask, participantId: ParticipantView['id']): Promise<Answer>;
}

const sends = (source: 'microphone' | 'camera' | 'screen') => (person: ParticipantView) =>
  isSending({ participants: { [person.id]: person } }, person.id, source);
const canOnly = (source: 'microphone' | 'camera') => (person: ParticipantView) => person.grants[source] && !sends(source)(person);

/** What one may do to one person by a single press, in the order of the menu. Roles, names and bans ask for more. */
export const OFFERS = {
  mute: {
    type: 'participant.mute',
    applies: sends('microphone'),
    ask: (ask, participantId) => ask('participant.mute', { participantId, source: 'microphone' }),
  },
  stopCamera: {
    type: 'participant.mute',
    applies: sends('camera'),
    ask: (ask, participantId) => ask('participant.mute', { participantId, source: 'camera' }),
  },
  stopScreen: {
    type: 'participant.mute',
    applies: sends('screen'),
    ask: (ask, participantId) => ask('participant.mute', { participantId, source: 'screen' }),
  },
  askUnmute: {
    type: 'participant.ask-unmute',
    applies: canOnly('microphone'),
    ask: (ask, participantId) => ask('participant.ask-unmute', { participantId, source: 'microphone' }),
  },
  askCamera: {
    type: 'participant.ask-unmute',
    applies: canOnly('camera'),
    ask: (ask, participantId) => ask('participant.ask-unmute', { participantId, source: 'camera' }),
  },
  lowerHand: {
    type: 'participant.lower-hand',
    applies: (person) => person.handRaisedAtMs !== null,
    ask: (ask, participantId) => ask('participant.lower-hand', { participantId }),
  },
  allowMicrophone: {
    type: 'participant.set-broadcast',
    applies: ({ grants }) => !grants.microphone,
    ask: (ask, participantId) => ask('participant.set-broadcast', { participantId, microphone: true }),
  },
  disallowMicrophone: {
    type: 'participant.set-broadcast',
    applies: ({ grants }) => grants.microphone,
    ask: (ask, participantId) => ask('participant.set-broadcast', { participantId, microphone: false }),
  },
  allowCamera: {
    type: 'participant.set-broadcast',
    applies: ({ grants }) => !grants.camera,
    ask: (ask, participantId) => ask('participant.set-broadcast', { participantId, camera: true }),
  },
  disallowCamera: {
    type: 'participant.set-broadcast',
    applies: ({ grants }) => grants.camera,
    ask: (ask, participantId) => ask('participant.set-broadcast', { participantId, camera: false }),
  },
  allowScreen: {
    type: 'participant.set-screenshare',
    applies: ({ grants }) => !grants.screen,
    ask: (ask, participantId) => ask('participant.set-screenshare', { participantId, screen: true }),
  },
  disallowScreen: {
    type: 'participant.set-screenshare',
    applies: ({ grants }) => grants.screen,
    ask: (ask, participantId) => ask('participant.set-screenshare', { participantId, screen: false }),
  },
  sendToLobby: {
    type: 'participant.send-to-lobby',
    applies: () => true,
    ask: (ask, participantId) => ask('participant.send-to-lobby', { participantId }),
  },
  remove: {
    type: 'participant.remove',
    applies: () => true,
    ask: (ask, participantId) => ask('participant.remove', { participantId }),
  },
} as const satisfies Record<string, Offer>;

export type OfferName = keyof typeof OFFERS;
export const OFFER_NAMES = Object.keys(OFFERS) as OfferName[]; // keys of a const object: exactly OfferName

/** What takes back what. */
export const UNDONE_BY: Partial<Record<OfferName, OfferName>> = {
  allowMicrophone: 'disallowMicrophone',
  disallowMicrophone: 'allowMicrophone',
  allowCamera: 'disallowCamera',
  disallowCamera: 'allowCamera',
  allowScreen: 'disallowScreen',
  disallowScreen: 'allowScreen',
};

export interface PersonOffers {
  /** Roles that one may give this person; empty when the role may not be changed. */
  roles: readonly RoleView[];
  once: readonly OfferName[];
  rename: boolean;
  ban: boolean;
}

/** What the menu of a person holds; nothing for oneself. */
export function offersFor(seat: Seat, person: ParticipantView): PersonOffers {
  if (person.id === seat.self?.participantId) return { roles: [], once: [], rename: false, ban: false };
  const may = (type: RequestType, target = person.role) => mayI(seat, type, target);
  const roles = may('participant.set-role')
    ? (seat.room?.roles ?? []).filter(({ name }) => name === person.role || may('participant.set-role', name))
    : [];
  return {
    roles: roles.length > 1 ? roles : [],
    once: OFFER_NAMES.filter((name) => may(OFFERS[name].type) && OFFERS[name].applies(person)),
    rename: may('participant.set-name'),
    ban: may('participant.ban'),
  };
}
