// Tries every TCP port of the addresses given as arguments and prints, as JSON, what became of it: by address.
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** `silent`: how many said nothing at all within `TIMEOUT_MS`. */
export interface TcpScan {
  open: number[];
  refused: number[];
  silent: number;
}

const TIMEOUT_MS = 4_000;
/** As many sockets as a process can have open where the limit was raised; a port that is silent holds one for all that time. */
const AT_ONCE = 8_000;

type Outcome = 'open' | 'refused' | 'silent';

function tryPort(host: string, port: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const settle = (outcome: Outcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    // Timers come before what has arrived meanwhile: on a busy machine the answer may be there already.
    const timer = setTimeout(() => setImmediate(() => setImmediate(settle, 'silent')), TIMEOUT_MS);
    socket.once('connect', () => settle('open'));
    socket.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? settle('refused') : reject(error)));
  });
}

async function scan(host: string): Promise<TcpScan> {
  const found: TcpScan = { open: [], refused: [], silent: 0 };
  let next = 1;
  const work = async (index: number) => {
    await delay(index / 4); // so that making sockets never keeps the loop from hearing answers
    while (next <= 65_535) {
      const port = next++;
      const outcome = await tryPort(host, port);
      if (outcome === 'silent') found.silent += 1;
      else found[outcome].push(port);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => work(index)));
  return { ...found, open: found.open.toSorted((one, other) => one - other) };
}

const scans: Record<string, TcpScan> = {};
for (const address of process.argv.slice(2)) scans[address] = await scan(address);
console.log(JSON.stringify(scans));
