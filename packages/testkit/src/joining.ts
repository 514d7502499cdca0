import type { Joined } from '@conclave/protocol/signalling/messages';
import type { HttpsClient } from './https-client.ts';
import { connectSignal, type SignalClient } from './signal-client.ts';

/** Somebody who is in a room. */
export interface Guest extends Disposable {
  readonly client: SignalClient;
  readonly joined: Joined;
}

/** What `POST /api/join` is given. */
export interface Asked {
  room: string;
  name?: string;
  token?: string;
  invite?: string;
  password?: string;
}

/** What a client must know of a platform, or of an installation. */
export interface Place {
  readonly origin: string;
  readonly ca: string;
  readonly http: HttpsClient;
}

/** Asks for a ticket as the page does. @throws Error with the code of the refusal. */
export async function requestTicket({ http }: Place, body: Asked): Promise<string> {
  const reply = await http.ask('POST', '/api/join', { body });
  if (reply.status !== 200) throw new Error(String(reply.body['code']));
  return String(reply.body['ticket']);
}

/** Ticket, connection, `room.join`. @throws Error with the code of the refusal. */
export async function joinRoom(place: Place, asked: Asked): Promise<Guest> {
  const ticket = await requestTicket(place, asked);
  const client = await connectSignal(place.origin, place);
  const reply = await client.ask('room.join', { ticket });
  if (!reply.ok) throw new Error(reply.code);
  if ('waiting' in reply.data) throw new Error('waits in the lobby');
  return { client, joined: reply.data, [Symbol.dispose]: () => client[Symbol.dispose]() };
}

/** A new connection for somebody who was in the room. @throws Error with the code of the refusal. */
export async function resumeRoom(place: Place, asked: { resumeToken: string; keepMedia?: boolean }): Promise<Guest> {
  const client = await connectSignal(place.origin, place);
  const reply = await client.ask('room.resume', { keepMedia: true, ...asked });
  if (!reply.ok) throw new Error(reply.code);
  return { client, joined: reply.data, [Symbol.dispose]: () => client[Symbol.dispose]() };
}
