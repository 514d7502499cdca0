import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

function freeTcpPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const got = typeof address === 'object' && address !== null ? address.port : null;
      server.close(() => resolve(got));
    });
  });
}

function udpPortIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}

const given = new Set<number>();

/**
 * A TCP port on loopback that was free a moment ago and was not answered before in this process. It lies below the range from which the
 * system gives ports to outgoing connections and to whoever listens on 0, so that it stays free until it is used.
 */
export async function findTcpPort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await freeTcpPort(10_000 + Math.floor(Math.random() * 10_000));
    if (port === null || given.has(port)) continue;
    given.add(port);
    return port;
  }
  throw new Error('no free TCP port');
}

/** The first of `count` neighbouring ports that are free for UDP and TCP: a media port for each worker. */
export async function findMediaPorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.map(async (port) => (await udpPortIsFree(port)) && (await freeTcpPort(port)) !== null));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} neighbouring free ports`);
}
