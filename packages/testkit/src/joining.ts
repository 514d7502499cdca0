import type { HttpsClient } from '@conclave/cli/peer/https-client';
import { enterRoom, requestTicket, type Asked, type Guest as AnyGuest } from '@conclave/cli/peer/joining';
import { connectSignal, type SignalClient } from './signal-client.ts';

/** Somebody who is in a room, and remembers what was said. */
export type Guest = AnyGuest<SignalClient>;

/** What a client must know of a platform, or of an installation. */
export interface Place {
  readonly origin: string;
  readonly ca: string;
  readonly http: HttpsClient;
}

/** Ticket, connection, `room.join`. @throws Error with the code of the refusal. */
export async function joinRoom(place: Place, asked: Asked): Promise<Guest> {
  const ticket = await requestTicket(place, asked);
  return enterRoom(await connectSignal(place.origin, place), ticket);
}

/** A new connection for somebody who was in the room. @throws Error with the code of the refusal. */
export async function resumeRoom(place: Place, asked: { resumeToken: string; keepMedia?: boolean }): Promise<Guest> {
  const client = await connectSignal(place.origin, place);
  const reply = await client.ask('room.resume', { keepMedia: true, ...asked });
  if (!reply.ok) throw new Error(reply.code);
  return { client, joined: reply.data, [Symbol.dispose]: () => client[Symbol.dispose]() };
}
