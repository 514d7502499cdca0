import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a TCP service that can be closed, so that the service seems to be away. */
export interface TcpGate extends AsyncDisposable {
  readonly port: number;
  /** Breaks every connection and refuses new ones. */
  close(): Promise<void>;
  open(): Promise<void>;
  /** Keeps connections and lets nothing through, as when the service is stopped or the network swallows all, until `flow`. */
  stall(): void;
  flow(): void;
}

/** Opens a gate on loopback that leads to `host` and `port`. */
export async function openGate(target: { host: string; port: number }): Promise<TcpGate> {
  const sockets = new Set<Socket>();
  let stalled = false;
  const server = createServer((near) => {
    const far = connect(target);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
    if (stalled) hold([near, far]);
  });
  const hold = (held: Iterable<Socket>) => {
    for (const socket of held) socket.pause();
  };
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port,
    close,
    stall: () => {
      stalled = true;
      hold(sockets);
    },
    flow: () => {
      stalled = false;
      for (const socket of sockets) socket.resume();
    },
    open: async () => void (await once(server.listen(port, '127.0.0.1'), 'listening')),
    [Symbol.asyncDispose]: close,
  };
}
