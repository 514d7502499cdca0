import { requestTicket } from '@conclave/cli/peer/joining';
import { randomUUID } from 'node:crypto';
import type { BanId, ChatMessageId, InviteId, KnockId, ParticipantId } from '@conclave/protocol/ids';
import type { Joined, ReplyData, RequestData, RequestType } from '@conclave/protocol/signalling/messages';
import type { Platform } from '../platform.ts';
import { connectSignal, type SignalClient } from '../signal-client.ts';
import { GROUP, OWN_ROLES, ROLE_NAMES, type Role } from './oracle.ts';

/** Somebody who is in the room. */
export interface Person {
  readonly name: string;
  readonly client: SignalClient;
  readonly joined: Joined;
  readonly id: ParticipantId;
  /** By which they came in. */
  readonly token: string;
  readonly usedTicket: string;
}

/** Somebody in the lobby. */
interface Waiting {
  readonly client: SignalClient;
  readonly knockId: KnockId;
  readonly knockToken: string;
}

/** A room with everything in it that a verb can name. */
export interface Scene {
  readonly room: string;
  readonly host: Person;
  /** One person of each role. */
  readonly cast: Readonly<Record<Role, Person>>;
  waiting: Waiting;
  messageId: ChatMessageId;
  readonly banId: BanId;
  readonly inviteId: InviteId;
  /** That nobody has used. */
  readonly ticket: string;
}

export type World = Pick<Platform, 'origin' | 'ca' | 'http' | 'team'>;

/** Makes the team's own roles, once. */
export async function makeRoles(world: World): Promise<void> {
  const roles = Object.entries(OWN_ROLES);
  // They name each other, so that all must be there first.
  for (const [name] of roles) await made(world, 'POST', '/roles', { name, display_name: `The ${name}`, permissions: {} });
  for (const [name, permissions] of roles) await made(world, 'PATCH', `/roles/${name}`, { permissions });
}

/** A room with all roles, a lobby that is off and a chat of the group. */
export async function makeRoom(world: World): Promise<string> {
  const settings = { roles: ROLE_NAMES, default_role: 'attendee', private_group_chat_enabled: true, private_group_chat_roles: GROUP };
  const { friendly_url: room } = await made(world, 'POST', '/rooms', { ...settings, max_participants: 100 });
  return String(room);
}

async function made(world: World, method: string, path: string, body: object): Promise<Record<string, unknown>> {
  const reply = await rest(world, method, path, body);
  if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply.body;
}

function rest({ http, team }: World, method: string, path: string, body: object) {
  return http.ask(method, `/api/v1${path}`, { body, headers: { authorization: `Bearer ${team.key}` } });
}

/** A token for somebody new, who is known again by it. */
async function tokenFor(world: World, room: string, role: Role): Promise<string> {
  const { token } = await made(world, 'POST', `/rooms/${room}/token`, { role, ud: randomUUID() });
  return String(token);
}

/** The answer of a request that must be allowed. @throws Error with the code */
export async function must<T extends RequestType>(by: { client: SignalClient }, type: T, data: RequestData<T>): Promise<ReplyData<T>> {
  const reply = await by.client.ask(type, data);
  if (!reply.ok) throw new Error(`${type}: ${reply.code}`);
  return reply.data;
}

/** Lets somebody in with a role, past the lobby if need be. */
export async function seat(world: World, room: string, role: Role, host?: Person): Promise<Person> {
  const name = `${role} ${randomUUID().slice(0, 8)}`;
  const token = await tokenFor(world, room, role);
  const usedTicket = await requestTicket(world, { room, name, token });
  const client = await connectSignal(world.origin, world);
  let reply = await must({ client }, 'room.join', { ticket: usedTicket });
  if ('waiting' in reply) {
    if (!host) throw new Error('waits in the lobby');
    await admitByName(host, name);
    const { ticket } = await client.until('lobby.admitted');
    reply = await must({ client }, 'room.join', { ticket });
  }
  if ('waiting' in reply) throw new Error('waits again');
  return { name, client, joined: reply, id: reply.self.participantId, token, usedTicket };
}

async function admitByName(host: Person, name: string): Promise<void> {
  const { knock } = await host.client.until('lobby.knocked', (data) => data.knock.name === name);
  await must(host, 'lobby.admit', { knockId: knock.id });
}

/** Somebody knocks at the door, which has a lobby. */
export async function knock(world: World, room: string, role: Role, host: Person): Promise<Waiting> {
  const name = `waiting ${randomUUID().slice(0, 8)}`;
  const ticket = await requestTicket(world, { room, name, token: await tokenFor(world, room, role) });
  const client = await connectSignal(world.origin, world);
  const reply = await must({ client }, 'room.join', { ticket });
  if (!('waiting' in reply)) throw new Error('need not wait');
  const heard = await host.client.until('lobby.knocked', (data) => data.knock.name === name);
  return { client, knockId: heard.knock.id, knockToken: reply.waiting.knockToken };
}

export async function post(by: Person): Promise<ChatMessageId> {
  const { message } = await must(by, 'chat.send', { clientMessageId: randomUUID(), text: 'hello' });
  return message.id;
}

/** Somebody who was in the room and is banned from it. */
export async function banSomebody(world: World, room: string, host: Person): Promise<BanId> {
  const one = await seat(world, room, 'moderator');
  const { ban } = await must(host, 'participant.ban', { participantId: one.id, lasts: 'session', address: false, reason: null });
  await one.client.closed;
  return ban.id;
}

/** A meeting with one person of each role, a message, a ban, an invite, and somebody who waits. */
export async function makeScene(world: World): Promise<Scene> {
  const room = await makeRoom(world);
  const host = await seat(world, room, 'moderator');
  const seated: [Role, Person][] = [];
  for (const role of ROLE_NAMES) seated.push([role, await seat(world, room, role)]);
  const cast = Object.fromEntries(seated) as Record<Role, Person>; // one entry for each role
  const messageId = await post(host);
  const banId = await banSomebody(world, room, host);
  const { invite } = await must(host, 'invite.create', {});
  await must(host, 'room.set-lobby', { on: true });
  const waiting = await knock(world, room, 'attendee', host);
  const ticket = await requestTicket(world, { room, name: 'Nobody' });
  return { room, host, cast, waiting, messageId, banId, inviteId: invite.id, ticket };
}

const OPUS = {
  mid: '0',
  codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2, parameters: {} }],
  headerExtensions: [],
  encodings: [{ ssrc: 11_111_111 }],
  rtcp: { cname: 'speaker' },
};
const VP8 = {
  mid: '1',
  codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000, parameters: {} }],
  headerExtensions: [],
  encodings: [{ ssrc: 22_222_222 }],
  rtcp: { cname: 'speaker' },
};
const SCREEN = { ...VP8, mid: '2', encodings: [{ ssrc: 33_333_333 }] };
const NOBODYS = '00000000-0000-4000-8000-000000000001';
const MICROPHONE = { source: 'microphone', kind: 'audio', rtpParameters: OPUS };
const FINGERPRINT = { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') };
const DTLS = { dtlsParameters: { role: 'client', fingerprints: [FINGERPRINT] } };

/** Everything that can be asked of the media node. */
export const MEDIA_CALLS: readonly (readonly [method: string, path: string, body?: Readonly<Record<string, unknown>>])[] = [
  ['POST', '/transports/send/connect', DTLS],
  ['POST', '/transports/recv/connect', DTLS],
  ['POST', '/transports/recv/restart-ice'],
  ['POST', '/producers', MICROPHONE],
  ['POST', '/producers', { source: 'camera', kind: 'video', rtpParameters: VP8 }],
  ['POST', '/producers', { source: 'screen', kind: 'video', rtpParameters: SCREEN }],
  ['PATCH', `/producers/${NOBODYS}`, { paused: false }],
  ['DELETE', `/producers/${NOBODYS}`],
  ['POST', '/consumers', { producerIds: [NOBODYS], rtpCapabilities: { codecs: [], headerExtensions: [] } }],
  ['PATCH', '/consumers', { consumers: [{ id: NOBODYS, paused: false }] }],
];

/** Asks the media node as the page does. */
export function askMedia({ http }: World, { joined }: Person, method: string, path: string, body?: object) {
  const { capability } = joined.media ?? { capability: '' };
  return http.ask(method, `/media/v1${path}`, { headers: { authorization: `Bearer ${capability}` }, ...(body && { body }) });
}

/** Somebody begins to send a microphone; resolves with how they stop, both when the room has seen it. */
export async function speak(world: World, speaker: Person, host: Person): Promise<() => Promise<void>> {
  const { status, body } = await askMedia(world, speaker, 'POST', '/producers', MICROPHONE);
  if (status !== 200) throw new Error(`does not send: ${status}`);
  await host.client.until('producer.opened', ({ producer }) => producer.id === body['id']);
  return async () => {
    await askMedia(world, speaker, 'DELETE', `/producers/${String(body['id'])}`);
    await host.client.until('producer.closed', ({ producerId }) => producerId === body['id']);
  };
}

/** Ends the meeting, so that nothing of it happens later. */
export async function endScene({ host, cast, waiting }: Scene): Promise<void> {
  if (waiting.client.socket.readyState === waiting.client.socket.OPEN) {
    await waiting.client.ask('lobby.leave', {});
    await waiting.client.closed;
  }
  if (host.client.socket.readyState === host.client.socket.OPEN) await host.client.ask('room.end', {});
  await Promise.all([host, ...Object.values(cast)].map(({ client }) => client.closed));
}
