import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands before a port of this host and passes everything on after a time, in order. TCP is opened at once. */
export interface SlowPath extends AsyncDisposable {
  readonly port: number;
}

const HOST = '127.0.0.1';

/** @param delayMs of each direction */
export async function slowTcp(port: number, delayMs: number): Promise<SlowPath> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const beyond = connect(port, HOST);
    for (const [from, to] of [
      [client, beyond],
      [beyond, client],
    ] as const) {
      open.add(from.setNoDelay());
      from.on('data', (chunk) => setTimeout(() => to.write(chunk), delayMs));
      from.on('end', () => setTimeout(() => to.end(), delayMs));
      from.on('error', () => to.destroy());
      from.on('close', () => open.delete(from));
    }
  });
  await once(server.listen(0, HOST), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** For one client. */
export async function slowUdp({ ip, port }: { ip: string; port: number }, delayMs: number): Promise<SlowPath> {
  const [near, far] = [await boundUdp(), await boundUdp()];
  let client: number | undefined;
  near.on('message', (packet, { port: from }) => {
    client = from;
    setTimeout(() => sendOn(far, packet, { ip, port }), delayMs);
  });
  far.on('message', (packet) => setTimeout(() => client !== undefined && sendOn(near, packet, { ip: HOST, port: client }), delayMs));
  return {
    port: near.address().port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of [near, far]) socket.removeAllListeners('message').close();
    },
  };
}

async function boundUdp(): Promise<UdpSocket> {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket;
}

function sendOn(socket: UdpSocket, packet: Buffer, { ip, port }: { ip: string; port: number }): void {
  try {
    socket.send(packet, port, ip);
  } catch {
    // Closed while it was on its way.
  }
}
