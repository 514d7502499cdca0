import { type Asked, askerOf, receiveAll } from '@conclave/cli/peer/joining';
import { openNativePeer, type NativePeer } from '@conclave/cli/peer/native-peer';
import type { ConsumerId, ParticipantId, ProducerId } from '@conclave/protocol/ids';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import type { MediaSource } from '@conclave/protocol/media-api/rtp';
import type { Joined } from '@conclave/protocol/signalling/messages';
import { arrivedFrom, udpAddress } from '../native-participant.ts';
import type { Platform } from '../platform.ts';
import { connectSignal, type SignalClient } from '../signal-client.ts';
import { openTap, type Tap } from './tap.ts';

type Place = Pick<Platform, 'origin' | 'ca' | 'http'>;

/** How the media API answered one call. */
export interface Attempt {
  readonly call: string;
  /** 200, or the code of the refusal. */
  readonly answer: 200 | string;
}

/**
 * Somebody who came in by the real doors and then does as they like: nothing that the server or the node says makes them stop sending,
 * close a transport or forget a capability. What comes and goes is counted twice: at the socket, and after decryption.
 */
export interface HostileClient extends Disposable {
  readonly id: ParticipantId;
  /** Holds every frame that the server sent. */
  readonly client: SignalClient;
  readonly joined: Joined;
  readonly media: MediaAccess;
  readonly peer: NativePeer;
  readonly taps: { readonly send: Tap; readonly recv: Tap };
  /** Decrypted, from one participant. */
  received(from: ParticipantId, source?: MediaSource): { bytes: number; lastAtMs: number };
  /** Sends a source whether or not the node takes it; answers how the node took it. */
  trySending(source: MediaSource): Promise<Attempt>;
}

/** The doors as a program sees them, with the cookies of one device. */
export interface Doors {
  readonly cookies: ReadonlyMap<string, string>;
  /** `POST /api/join`: a ticket. @throws Error with the code of the refusal. */
  ticket(asked: Asked): Promise<string>;
}

export function createDoors({ http, origin }: Pick<Place, 'http' | 'origin'>, given: Iterable<readonly [string, string]> = []): Doors {
  const cookies = new Map(given);
  return {
    cookies,
    ticket: async (body) => {
      const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
      const reply = await http.ask('POST', '/api/join', { body, headers: cookie === '' ? {} : { cookie, origin } });
      for (const set of [reply.headers['set-cookie'] ?? []].flat()) {
        const [name = '', value = ''] = set.split(';', 1)[0]?.split('=') ?? [];
        cookies.set(name, value);
      }
      if (reply.status !== 200) throw new Error(String(reply.body['code']));
      return String(reply.body['ticket']);
    },
  };
}

/** Comes in and opens both transports through taps. @throws Error with the code of the refusal, or `waiting`. */
export async function enterHostile(place: Place, asked: Asked, doors: Doors = createDoors(place)): Promise<HostileClient> {
  const ticket = await doors.ticket(asked);
  const client = await connectSignal(place.origin, place);
  const reply = await client.ask('room.join', { ticket });
  if (!reply.ok) throw new Error(reply.code);
  if ('waiting' in reply.data) throw new Error('waiting');
  return openHostile(place, client, reply.data);
}

/** The media of somebody who has joined already. */
export async function openHostile(place: Place, client: SignalClient, joined: Joined): Promise<HostileClient> {
  const { media } = joined;
  if (!media) throw new Error('there is no media path');
  const taps = { send: await openTap(udpAddress(media.send)), recv: await openTap(udpAddress(media.recv)) };
  const via = { send: taps.send.address, recv: taps.recv.address };
  const peer = openNativePeer({ media, ask: askerOf(place, media.capability), via });
  await Promise.all([peer.connect(), receiveAll({ client, joined }, peer)]);

  return {
    id: joined.self.participantId,
    client,
    joined,
    media,
    peer,
    taps,
    received: (from, source) => arrivedFrom(peer, from, source),
    trySending: (source) =>
      peer.send(source).then(
        (): Attempt => ({ call: `produce ${source}`, answer: 200 }),
        (error: Error): Attempt => ({ call: `produce ${source}`, answer: error.message }),
      ),
    [Symbol.dispose]: () => {
      peer[Symbol.dispose]();
      taps.send[Symbol.dispose]();
      taps.recv[Symbol.dispose]();
      client[Symbol.dispose]();
    },
  };
}

/** Every call of the media API with one capability, each about all of these ids, whether they are one's own or somebody else's. */
export async function tryMedia(
  place: Pick<Place, 'http'>,
  capability: string,
  { producerIds, consumerIds }: { producerIds: readonly ProducerId[]; consumerIds: readonly ConsumerId[] },
): Promise<Attempt[]> {
  const ask = askerOf(place, capability);
  const dtlsParameters = { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('AB').join(':') }] };
  const consumers = consumerIds.length === 0 ? [crypto.randomUUID() as ConsumerId] : consumerIds; // a UUID, as ids are
  const calls: (readonly [method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object])[] = [
    ...(['send', 'recv'] as const).flatMap((direction) => [
      ['POST', `/transports/${direction}/connect`, { dtlsParameters }] as const,
      ['POST', `/transports/${direction}/restart-ice`] as const,
    ]),
    ...SOURCES.map((source, index) => ['POST', '/producers', producerOf(source, index)] as const),
    ...producerIds.flatMap((id) => [
      ['PATCH', `/producers/${id}`, { paused: false }] as const,
      ['PATCH', `/producers/${id}`, { paused: true }] as const,
      ['DELETE', `/producers/${id}`] as const,
    ]),
    ['POST', '/consumers', { rtpCapabilities: { codecs: [OPUS, VP8] }, producerIds: [...producerIds] }],
    ['PATCH', '/consumers', { consumers: consumers.map((id) => ({ id, paused: true })) }],
    ['PATCH', '/consumers', { consumers: consumers.map((id) => ({ id, close: true })) }],
  ];
  const attempts: Attempt[] = [];
  for (const [method, path, body] of calls) {
    const { status, body: answered } = await ask(method, path, body);
    attempts.push({ call: `${method} ${path}`, answer: status === 200 ? 200 : String((answered as { code?: unknown }).code) });
  }
  return attempts;
}

const SOURCES = ['microphone', 'camera', 'screen', 'screen-audio'] as const satisfies readonly MediaSource[];
const OPUS = { kind: 'audio', mimeType: 'audio/opus', preferredPayloadType: 100, clockRate: 48_000, channels: 2 };
const VP8 = { kind: 'video', mimeType: 'video/VP8', preferredPayloadType: 101, clockRate: 90_000 };

/** A producer that the node would take from somebody who may. */
function producerOf(source: MediaSource, index: number): object {
  const { kind, preferredPayloadType: payloadType, ...codec } = source === 'camera' || source === 'screen' ? VP8 : OPUS;
  return { source, kind, rtpParameters: { codecs: [{ payloadType, ...codec }], encodings: [{ ssrc: 90_001 + index }] } };
}
