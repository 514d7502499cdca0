import { openSignal, type ConnectOptions, type SignalConnection } from '@conclave/cli/peer/signal-connection';
import type { Notification, NotificationType } from '@conclave/protocol/signalling/messages';

/** One signalling connection of a test, with a memory. A misfit of what the server sends fails the test. */
export interface SignalClient extends SignalConnection {
  /** Every frame so far, replies included, as it came. */
  readonly frames: readonly string[];
  /** Notifications so far. */
  readonly seen: readonly Notification[];
  /** The data of the first notification of that type, seen already or to come, that fits. */
  until<T extends NotificationType>(
    type: T,
    fits?: (data: Extract<Notification, { type: T }>['data']) => boolean,
  ): Promise<Extract<Notification, { type: T }>['data']>;
}

/** Opens `wss://HOST/signal`. @throws Error when the upgrade is refused; its message holds the HTTP status. */
export async function connectSignal(url: string, options: ConnectOptions): Promise<SignalClient> {
  const seen: Notification[] = [];
  const frames: string[] = [];
  const watchers = new Set<() => void>();
  const connection = await openSignal(url, options, {
    onFrame: (text) => void frames.push(text),
    onNotification: (notification) => {
      seen.push(notification);
      for (const watcher of watchers) watcher();
    },
  });
  return {
    ...connection,
    frames,
    seen,
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
  };
}
