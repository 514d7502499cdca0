import { connect } from 'node:net';

/** For one step over the network. */
export const STEP_TIMEOUT_MS = 5_000;

/** How a TCP connection was answered: `open`, or the code of the error; `ETIMEDOUT` for silence. */
export async function tryTcp(address: string, port: number, timeoutMs: number = STEP_TIMEOUT_MS): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (outcome: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => end('ETIMEDOUT'), timeoutMs);
    socket.once('connect', () => end('open'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

/** What comes back in clear for these bytes until the other side closes, is silent, or has said enough; undefined: not connected. */
export async function sayInClear(
  address: string,
  port: number,
  text: string,
  timeoutMs: number = STEP_TIMEOUT_MS,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    let received = Buffer.alloc(0);
    let connected = false;
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(connected ? received : undefined);
    };
    const timer = setTimeout(end, timeoutMs);
    socket.once('connect', () => {
      connected = true;
      socket.write(text);
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length > MOST_BYTES) end();
    });
    socket.once('error', end);
    socket.once('close', end);
  });
}

const MOST_BYTES = 16_384;

/** What an error code of the network means to who reads it. */
export function explainOutcome(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'refused: nothing listens there';
    case 'ETIMEDOUT':
      return 'no answer: a firewall drops it, or the host is away';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return 'there is no way there from here';
    default:
      return code;
  }
}
