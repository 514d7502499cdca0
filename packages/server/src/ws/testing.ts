import { randomBytes, randomUUID } from 'node:crypto';
import type { RequestType } from '@conclave/protocol/signalling/messages';

const secret = () => randomBytes(32).toString('base64url');
const somebody = () => ({ participantId: randomUUID() });
const text = () => ({ clientMessageId: randomUUID(), text: 'hello' });

/** A message of each type that its schema takes; its ids and secrets are nobody's. */
export function sampleOf(type: RequestType): object {
  return SAMPLES[type]();
}

const SAMPLES: { readonly [T in RequestType]: () => object } = {
  'room.join': () => ({ ticket: secret() }),
  'room.resume': () => ({ resumeToken: secret(), keepMedia: true }),
  'lobby.resume': () => ({ knockToken: secret() }),
  'lobby.leave': () => ({}),
  'connection.ping': () => ({}),
  'room.leave': () => ({}),
  'media.restart': () => ({}),
  'media.ice-servers': () => ({}),
  'chat.send': text,
  'chat.send-private': () => ({ ...text(), ...somebody() }),
  'chat.send-group': text,
  'chat.delete': () => ({ messageId: randomUUID() }),
  'chat.delete-any': () => ({ messageId: randomUUID() }),
  'chat.clear': () => ({}),
  'chat.react': () => ({ messageId: randomUUID(), emoji: '👍', on: true }),
  'chat.export': () => ({}),
  'participant.rename': () => ({ name: `Anna ${randomUUID().slice(0, 4)}` }),
  'hand.raise': () => ({}),
  'hand.lower': () => ({}),
  'participant.set-name': () => ({ ...somebody(), name: 'Anna' }),
  'participant.set-role': () => ({ ...somebody(), role: 'speaker' }),
  'participant.set-broadcast': () => ({ ...somebody(), microphone: false }),
  'participant.set-screenshare': () => ({ ...somebody(), screen: false }),
  'participant.mute': () => ({ ...somebody(), source: 'microphone' }),
  'room.mute-all': () => ({}),
  'participant.ask-unmute': () => ({ ...somebody(), source: 'microphone' }),
  'participant.lower-hand': somebody,
  'room.lower-hands': () => ({}),
  'participant.remove': somebody,
  'participant.send-to-lobby': somebody,
  'participant.ban': () => ({ ...somebody(), lasts: 'session', address: false, reason: null }),
  'ban.list': () => ({}),
  'ban.lift': () => ({ banId: randomUUID() }),
  'lobby.admit': () => ({ knockId: randomUUID() }),
  'lobby.admit-all': () => ({}),
  'lobby.turn-away': () => ({ knockId: randomUUID(), word: null }),
  'room.set-lobby': () => ({ on: true }),
  'room.set-lock': () => ({ on: true }),
  'room.set-password': () => ({ password: 'a word' }),
  'room.set-chat': () => ({ closedTo: ['attendee'] }),
  'room.end': () => ({}),
  'invite.create': () => ({}),
  'invite.list': () => ({}),
  'invite.revoke': () => ({ inviteId: randomUUID() }),
  'invite.renew': () => ({ inviteId: randomUUID() }),
};
