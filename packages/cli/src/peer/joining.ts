import { AppError, isErrorCode } from '@conclave/protocol/errors';
import type { ProducerId } from '@conclave/protocol/ids';
import { LIMITS } from '@conclave/protocol/limits';
import type { Joined, MediaAhead } from '@conclave/protocol/signalling/messages';
import type { HttpsClient } from './https-client.ts';
import type { AskMedia, NativePeer } from './native-peer.ts';
import type { SignalConnection } from './signal-connection.ts';

/** What `POST /api/join` is given. */
export interface Asked {
  room: string;
  name?: string;
  token?: string;
  invite?: string;
  password?: string;
}

/** Somebody who is in a room. */
export interface Guest<C extends SignalConnection = SignalConnection> extends Disposable {
  readonly client: C;
  readonly joined: Joined;
  /** What others began to send since `room.join` was answered. */
  readonly early?: readonly ProducerId[];
}

/** Asks for a ticket as the page does. @throws AppError with the code of the refusal. */
export async function requestTicket({ http }: { http: HttpsClient }, body: Asked): Promise<string> {
  const { status, body: reply } = await http.ask('POST', '/api/join', { body });
  if (status === 200) return String(reply['ticket']);
  const { code } = reply;
  throw isErrorCode(code) ? new AppError(code) : new Error(`POST /api/join was answered with ${status}`);
}

/**
 * `room.join` on a connection that is new.
 * @throws AppError with the code of the refusal, Error when one has to wait in the lobby.
 */
export async function enterRoom<C extends SignalConnection>(
  client: C,
  ticket: string,
  { rtpCapabilities, dtlsParameters }: MediaAhead = {},
): Promise<Guest<C>> {
  // Notifications can be there in the same moment as the reply, before anybody who awaits it hears of them.
  const early: ProducerId[] = [];
  client.on('producer.opened', ({ producer }) => void early.push(producer.id));
  const reply = await client.ask('room.join', {
    ticket,
    ...(rtpCapabilities && { rtpCapabilities }),
    ...(dtlsParameters && { dtlsParameters }),
  });
  if (!reply.ok) throw new AppError(reply.code);
  if ('waiting' in reply.data) throw new Error('waits in the lobby');
  return { client, joined: reply.data, early, [Symbol.dispose]: () => client[Symbol.dispose]() };
}

/** The media API with one capability. */
export function askerOf({ http }: { http: HttpsClient }, capability: string): AskMedia {
  return (method, path, body) => http.ask(method, `/media/v1${path}`, { body, headers: { authorization: `Bearer ${capability}` } });
}

/**
 * Consumes what others send already and was not made ahead, and from then on whatever else they begin to send; what comes while a request
 * is under way is asked for together. What is closed before it was consumed is nothing to receive.
 * Resolves when the first of it is consumed. `onRefused` hears of requests that failed.
 */
export async function receiveAll(
  { client, joined, early = [] }: Pick<Guest, 'client' | 'joined' | 'early'>,
  peer: NativePeer,
  onRefused: (error: unknown) => void = () => undefined,
): Promise<void> {
  const { participantId: own } = joined.self;
  const waiting = new Set<ProducerId>();
  let consuming: Promise<void> | undefined;
  const consumeAll = async () => {
    while (waiting.size > 0) {
      const some = [...waiting].slice(0, LIMITS.consumersPerRequest);
      for (const id of some) waiting.delete(id);
      await peer.consume(some).catch(onRefused);
    }
  };
  const consumeWaiting = (): Promise<void> =>
    (consuming ??= consumeAll().finally(() => {
      consuming = undefined;
      if (waiting.size > 0) void consumeWaiting();
    }));
  client.on('producer.opened', ({ participantId, producer }) => {
    if (participantId === own) return;
    waiting.add(producer.id);
    void consumeWaiting();
  });
  const ahead = new Set(joined.media?.consumers.map(({ producerId }) => producerId));
  const others = joined.participants.filter(({ id }) => id !== own).flatMap(({ producers }) => producers.map(({ id }) => id));
  for (const id of [...others, ...early]) if (!ahead.has(id)) waiting.add(id);
  await consumeWaiting();
}
