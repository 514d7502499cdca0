import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '@conclave/runtime/config';
import type { Log } from '@conclave/runtime/log';
import { turnPeers } from '@conclave/runtime/turn/peers';
import { loadTurnSecret } from '@conclave/runtime/turn/secret';

/** A coturn that is started again whenever it ends, until it is stopped. */
export interface SupervisedTurn {
  stop(): Promise<void>;
  kill(): void;
}

interface SupervisedTurnOptions {
  config: Config;
  turnserverBin: string;
  /** Both on loopback: where it takes streams from the front, and one that it must have beside it. */
  proxyPort: number;
  listeningPort: number;
  log: Log;
  onSpawn: (pid: number) => void;
}

/** The user that Debian's package makes. */
const USER = 'turnserver';
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;
const STEADY_AFTER_MS = 30_000;
const KILL_AFTER_MS = 2_000;

/** Whether a relay could send anywhere at all: never to loopback, which is all that some machines announce. */
export function hasPeers(config: Config): boolean {
  return turnPeers(config).addresses.length > 0;
}

/**
 * Runs coturn on loopback, as its own user where we are root. Its secret is in a file that only it may read, which it is given as an open
 * file, so that the folders above need not be opened to it.
 */
export async function superviseTurn(options: SupervisedTurnOptions): Promise<SupervisedTurn> {
  const { config, log, onSpawn } = options;
  const identity = identityOf(USER);
  const folder = join(config.dataDir, 'turn');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'turnserver.conf');
  await rm(file, { force: true });
  await writeFile(file, await configuration(options), { mode: 0o400 });
  await chmod(file, 0o400);
  if (identity) await chown(file, identity.uid, identity.gid);
  const stopping = new AbortController();
  let current: ChildProcess | undefined;

  async function runOnce(): Promise<unknown[]> {
    const given = await open(file, 'r');
    try {
      // Its user from the beginning: whom a socket belongs to for the kernel's filter is settled when it is made.
      current = spawn(options.turnserverBin, ['-c', '/dev/stdin'], {
        ...identity,
        cwd: '/',
        env: {},
        detached: true,
        stdio: [given.fd, 'pipe', 'pipe'],
      });
    } finally {
      await given.close();
    }
    const child = current;
    for (const stream of [child.stdout, child.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => log.debug({ line }, 'turnserver says'));
    if (child.pid !== undefined) onSpawn(child.pid);
    return Promise.race([once(child, 'exit'), once(child, 'error')]);
  }

  async function keepRunning(): Promise<void> {
    for (let backoffMs = FIRST_BACKOFF_MS; !stopping.signal.aborted; backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS)) {
      const startedMs = performance.now();
      const how = await runOnce();
      if (stopping.signal.aborted) return;
      if (performance.now() - startedMs > STEADY_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
      log.warn({ how: how.map(String), againInMs: backoffMs }, 'the TURN server ended; it is started again');
      await delay(backoffMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const running = keepRunning().catch((error: unknown) => log.error({ err: error }, 'the TURN server is no longer watched'));
  return {
    stop: async () => {
      stopping.abort();
      const killer = setTimeout(() => current?.kill('SIGKILL'), KILL_AFTER_MS);
      current?.kill('SIGTERM');
      await running;
      clearTimeout(killer);
    },
    kill: () => void current?.kill('SIGKILL'),
  };
}

/** Undefined: we are not root, so that it runs as we do. @throws Error when the user is not there */
function identityOf(user: string): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ['-u', '-g'].map((flag) => Number.parseInt(spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout, 10));
  if (!uid || !gid) throw new Error(`there is no user ${user}: is coturn installed as a package?`);
  return { uid, gid };
}

/** What `deploy/turnserver.conf` says too, with the reasons. */
async function configuration({ config, proxyPort, listeningPort }: SupervisedTurnOptions): Promise<string> {
  const { addresses } = turnPeers(config);
  const secret = await loadTurnSecret(config);
  return [
    `static-auth-secret=${secret.reveal()}`,
    'use-auth-secret',
    `realm=${config.host}`,
    ...addresses.map((address) => `allowed-peer-ip=${address}`),
    'denied-peer-ip=0.0.0.0-255.255.255.255',
    'denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'listening-ip=127.0.0.1',
    `listening-port=${listeningPort}`,
    `tcp-proxy-port=${proxyPort}`,
    ...relayAddresses(addresses).map((address) => `relay-ip=${address}`),
    // Of one participant, whatever the credential, and of all.
    'user-quota=8',
    'total-quota=4000',
    'no-multicast-peers',
    'no-tcp-relay',
    'no-udp',
    'no-tls',
    'no-dtls',
    'no-cli',
    'no-rfc5780',
    'no-software-attribute',
    'fingerprint',
    'log-file=stdout',
    'simple-log',
    // Each session with the name of its credential and its address: for whoever looks for a fault.
    ...(config.logLevel === 'debug' ? ['verbose'] : []),
    'pidfile=/dev/null',
    // Nothing is in its database, but without one it refuses everybody.
    'userdb=:memory:',
    '',
  ].join('\n');
}

/** Loopback reaches every address of this host; from there nothing leaves it, so that a media node behind NAT needs another. */
function relayAddresses(peers: readonly string[]): string[] {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const isOwn = (address: string) => own.some((one) => one.address === address);
  if (peers.every(isOwn)) return [...new Set(peers.map((address) => (isIPv6(address) ? '::1' : '127.0.0.1')))];
  const outside = own.filter(({ internal, address }) => !internal && !address.startsWith('fe80:')).map(({ address }) => address);
  return outside.length > 0 ? outside : ['127.0.0.1'];
}
