// Sends to each `udp:ADDRESS:PORT` and connects to each `tcp:ADDRESS:PORT` given as argument (IPv4), and prints, as JSON, which it could.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** By argument. For UDP: the system took the datagram. */
export type Egress = Record<string, boolean>;

const TIMEOUT_MS = 2_000;

function canSend(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.send('x', port, address, (error) => {
      socket.close();
      resolve(error === null);
    });
  });
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (could: boolean) => {
      socket.destroy();
      resolve(could);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
    socket.setTimeout(TIMEOUT_MS, () => settle(false));
  });
}

const [command, ...args] = process.argv.slice(2);
if (command === 'listen') {
  // Tells whoever connects something, on all addresses of this host.
  // Who tried goes away at once, which is an error here.
  const greet = (socket: Socket) => socket.on('error', () => undefined).end('hello');
  for (const port of args) await once(createServer(greet).listen(Number(port), '0.0.0.0'), 'listening');
  console.log('listens');
} else {
  const tries = args.map(async (target) => {
    const [protocol, address = '', port] = target.split(':');
    return [target, await (protocol === 'udp' ? canSend : canConnect)(address, Number(port))] as const;
  });
  console.log(JSON.stringify(Object.fromEntries(await Promise.all(tries))));
}
