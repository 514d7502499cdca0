// Sends a datagram to each of the ports (from the second argument on, `ADDRESS PORT…`) and prints, as JSON, what each did.
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** By port. `refused`: the host said by ICMP that nobody listens. */
export type UdpProbe = Record<number, 'answered' | 'refused' | 'silent'>;

const TIMEOUT_MS = 3_000;

function probe(address: string, port: number): Promise<UdpProbe[number]> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const settle = (outcome: UdpProbe[number]) => {
      clearTimeout(timer);
      socket.close();
      resolve(outcome);
    };
    const timer = setTimeout(settle, TIMEOUT_MS, 'silent');
    socket.on('message', () => settle('answered'));
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? settle('refused') : reject(error)));
    // Only a connected socket is told of ICMP errors.
    socket.connect(port, address, () => socket.send('anybody there?'));
  });
}

const [address = '', ...ports] = process.argv.slice(2);
const outcomes = await Promise.all(ports.map(async (port) => [port, await probe(address, Number(port))] as const));
console.log(JSON.stringify(Object.fromEntries(outcomes)));
