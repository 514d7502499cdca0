import {
  NOTIFICATIONS,
  REQUESTS,
  type ErrorReply,
  type Notification,
  type NotificationData,
  type NotificationType,
  type ReplyData,
  type RequestData,
  type RequestType,
} from '@conclave/protocol/signalling/messages';
import { WebSocket } from 'ws';

export type Reply<T extends RequestType> = { ok: true; data: ReplyData<T> } | Omit<ErrorReply, 'id'>;

/** One signalling connection. Everything that the server sends is parsed by its schema, unless it is trusted; what does not fit is thrown. */
export interface SignalConnection extends Disposable {
  readonly socket: WebSocket;
  /** Resolves with the close code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>;
  ask<T extends RequestType>(type: T, data: RequestData<T>): Promise<Reply<T>>;
  /** Calls `hear` for each notification of that type from now on. */
  on<T extends NotificationType>(type: T, hear: (data: NotificationData<T>) => void): void;
  /** Any message at all; the reply to `id`. */
  askRaw(id: number, message: string): Promise<{ id: number; ok: boolean; code?: string; retryAfterMs?: number }>;
}

export interface ConnectOptions {
  /** PEM of the CA that is trusted instead of Node's own. */
  ca?: string | undefined;
  /** What a browser would send; none unless given. */
  origin?: string;
  /** `/signal` unless given. */
  path?: string;
  /** The address of this host that the server is to see. */
  localAddress?: string;
  /** How long the upgrade may take; 30 s unless given. */
  timeoutMs?: number;
  /** Nothing is held against its schema: for crowds, whose looking would be most of what is measured. */
  isTrusted?: boolean;
}

/** Who wants to see all that comes, before anybody else does. */
export interface SignalWitness {
  onFrame(text: string): void;
  onNotification(notification: Notification): void;
}

/** Opens `wss://HOST/signal`. @throws Error when the upgrade is refused; its message holds the HTTP status. */
export async function openSignal(
  url: string,
  { ca, origin, path = '/signal', localAddress, timeoutMs = 30_000, isTrusted = false }: ConnectOptions,
  witness?: SignalWitness,
): Promise<SignalConnection> {
  const socket = new WebSocket(new URL(path, url.replace(/^http/, 'ws')), {
    ...(ca !== undefined && { ca }),
    handshakeTimeout: timeoutMs,
    ...(origin !== undefined && { origin }),
    ...(localAddress !== undefined && { localAddress, family: 4 }),
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).on('error', reject));
  return serve(socket, closed, { witness, isTrusted });
}

function serve(
  socket: WebSocket,
  closed: SignalConnection['closed'],
  { witness, isTrusted }: { witness: SignalWitness | undefined; isTrusted: boolean },
): SignalConnection {
  const replies = new Map<number, { resolve: (message: never) => void; reject: (error: Error) => void }>();
  const hearers = new Map<NotificationType, ((data: never) => void)[]>();
  let nextId = 1;
  let ended: Error | undefined;
  void closed.then(({ code, reason }) => {
    ended = new Error(`closed with ${code} ${reason}`);
    for (const { reject } of replies.values()) reject(ended);
  });

  socket.on('message', (frame) => {
    const text = (frame as Buffer).toString('utf8'); // one Buffer: the default of ws
    witness?.onFrame(text);
    const message = JSON.parse(text) as { id?: number }; // the schemas below judge it
    if (message.id !== undefined) {
      replies.get(message.id)?.resolve(message as never);
      replies.delete(message.id);
      return;
    }
    const notification = isTrusted ? (message as Notification) : parseNotification(message);
    witness?.onNotification(notification);
    for (const hearer of hearers.get(notification.type) ?? []) hearer(notification.data as never); // of the type that it hears
  });

  function reply(id: number): Promise<never> {
    return new Promise((resolve, reject) => {
      if (ended) reject(ended);
      else replies.set(id, { resolve, reject });
    });
  }

  return {
    socket,
    closed,
    ask: async (type, data) => {
      const id = nextId++;
      socket.send(JSON.stringify({ id, type, data }));
      const answer: { ok: boolean; data: unknown } = await reply(id);
      if (answer.ok && !isTrusted) REQUESTS[type].reply.parse(answer.data);
      return answer as never; // parsed in the line above, or trusted
    },
    on: (type, hear) => void hearers.set(type, [...(hearers.get(type) ?? []), hear]),
    askRaw: (id, message) => {
      socket.send(message);
      return reply(id);
    },
    [Symbol.dispose]: () => socket.terminate(),
  };
}

function parseNotification(message: object): Notification {
  const { type, data } = message as { type: NotificationType; data: unknown }; // an unknown type fails in the next line
  NOTIFICATIONS[type].parse(data);
  return { type, data } as Notification;
}
