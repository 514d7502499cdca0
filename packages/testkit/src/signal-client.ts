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

type Reply<T extends RequestType> = { ok: true; data: ReplyData<T> } | Omit<ErrorReply, 'id'>;

/** One signalling connection of a test. Everything that the server sends is parsed by its schema; a misfit fails the test. */
export interface SignalClient extends Disposable {
  readonly socket: WebSocket;
  /** Resolves with the close code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Every frame so far, replies included, as it came. */
  readonly frames: readonly string[];
  /** Notifications so far. */
  readonly seen: readonly Notification[];
  ask<T extends RequestType>(type: T, data: RequestData<T>): Promise<Reply<T>>;
  /** Calls `hear` for each notification of that type from now on. */
  on<T extends NotificationType>(type: T, hear: (data: NotificationData<T>) => void): void;
  /** Any message at all; the reply to `id`. */
  askRaw(id: number, message: string): Promise<{ id: number; ok: boolean; code?: string; retryAfterMs?: number }>;
  /** The data of the first notification of that type, seen already or to come, that fits. */
  until<T extends NotificationType>(
    type: T,
    fits?: (data: Extract<Notification, { type: T }>['data']) => boolean,
  ): Promise<Extract<Notification, { type: T }>['data']>;
}

export interface ConnectOptions {
  ca: string;
  /** What a browser would send; none unless given. */
  origin?: string;
  /** `/signal` unless given. */
  path?: string;
  /** The loopback address that the server is to see. */
  localAddress?: string;
}

/** Opens `wss://HOST/signal`. @throws Error when the upgrade is refused; its message holds the HTTP status. */
export async function connectSignal(url: string, { ca, origin, path = '/signal', localAddress }: ConnectOptions): Promise<SignalClient> {
  const socket = new WebSocket(new URL(path, url.replace(/^http/, 'ws')), {
    ca,
    ...(origin !== undefined && { origin }),
    ...(localAddress !== undefined && { localAddress, family: 4 }),
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).on('error', reject));
  return serve(socket, closed);
}

function serve(socket: WebSocket, closed: SignalClient['closed']): SignalClient {
  const seen: Notification[] = [];
  const frames: string[] = [];
  const replies = new Map<number, (message: never) => void>();
  const watchers = new Set<() => void>();
  const hearers = new Map<NotificationType, ((data: never) => void)[]>();
  let nextId = 1;

  socket.on('message', (frame) => {
    const text = (frame as Buffer).toString('utf8'); // one Buffer: the default of ws
    frames.push(text);
    const message = JSON.parse(text) as { id?: number }; // the schemas below judge it
    if (message.id !== undefined) return replies.get(message.id)?.(message as never);
    const notification = parseNotification(message);
    seen.push(notification);
    for (const hearer of hearers.get(notification.type) ?? []) hearer(notification.data as never); // of the type that it hears
    for (const watcher of watchers) watcher();
  });

  function reply(id: number): Promise<never> {
    return new Promise((resolve, reject) => {
      replies.set(id, resolve);
      void closed.then(({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`)));
    });
  }

  return {
    socket,
    closed,
    frames,
    seen,
    ask: async (type, data) => {
      const id = nextId++;
      socket.send(JSON.stringify({ id, type, data }));
      const answer: { ok: boolean; data: unknown } = await reply(id);
      if (answer.ok) REQUESTS[type].reply.parse(answer.data);
      return answer as never; // parsed in the line above
    },
    on: (type, hear) => void hearers.set(type, [...(hearers.get(type) ?? []), hear]),
    askRaw: (id, message) => {
      socket.send(message);
      return reply(id);
    },
    until: (type, fits = () => true) =>
      new Promise((resolve) => {
        const look = () => {
          const found = seen.find((notification) => notification.type === type && fits(notification.data as never));
          if (!found) return;
          watchers.delete(look);
          resolve(found.data as never); // of that type, as was just checked
        };
        watchers.add(look);
        look();
      }),
    [Symbol.dispose]: () => socket.terminate(),
  };
}

function parseNotification(message: object): Notification {
  const { type, data } = message as { type: NotificationType; data: unknown }; // an unknown type fails in the next line
  NOTIFICATIONS[type].parse(data);
  return { type, data } as Notification;
}
