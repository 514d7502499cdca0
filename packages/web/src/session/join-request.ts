import { AppError, ERRORS, type ErrorCode } from '@conclave/protocol/errors';
import { JoinReply } from '@conclave/protocol/rest/join';
import { problemOf } from './media-api.ts';
import { SignallingLost } from './signalling-client.ts';

const TIMEOUT_MS = 10_000;

/** Who wants to join where; kept to join anew by itself when a place was lost. */
export interface Person {
  room: string;
  token: string | null;
  invite: string | null;
  password: string | null;
  name: string | null;
}

/** A one-use ticket for `room.join`. Rejects with AppError of the server's code, or with TypeError when the network is away. */
export async function requestTicket(origin: string, person: Person, signal: AbortSignal): Promise<string> {
  const body = {
    room: person.room,
    ...(person.token === null ? {} : { token: person.token }),
    ...(person.invite === null ? {} : { invite: person.invite }),
    ...(person.password === null ? {} : { password: person.password }),
    ...(person.name === null ? {} : { name: person.name }),
  };
  const response = await fetch(new URL('/api/join', origin), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    cache: 'no-store',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const payload: unknown = await response.json().catch(() => ({}));
  if (!response.ok) throw problemOf(response, payload);
  const reply = JoinReply.safeParse(payload);
  if (!reply.success) throw new AppError('internal');
  return reply.data.ticket;
}

/** What to tell a person whose join or message failed. */
export function failureOf(error: unknown): ErrorCode | 'network' {
  if (error instanceof AppError) return error.code;
  if (error instanceof SignallingLost && error.closeCode !== null) return codeOfClose(error.closeCode) ?? 'network';
  return 'network';
}

/** The error code that closes a WebSocket with the given number. */
export function codeOfClose(closeCode: number): ErrorCode | null {
  const found = Object.entries(ERRORS).find(([, row]) => row.ws === closeCode);
  return found === undefined ? null : (found[0] as ErrorCode); // keys of the table
}
