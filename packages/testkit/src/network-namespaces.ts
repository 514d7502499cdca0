import { execFile, spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Hosts made of network namespaces, with the processes in them. Disposing ends the processes and removes all of it. */
export interface Network extends AsyncDisposable {
  addHost(name: string): Promise<NetworkHost>;
  /** A cable between two hosts. Addresses with prefix length, `203.0.113.10/24` or `2001:db8::10/64`. */
  connect(one: CableEnd, other: CableEnd): Promise<void>;
}

export interface CableEnd {
  host: NetworkHost;
  addresses: readonly string[];
}

/** One network namespace: it begins with nothing but loopback. Programs in it see the files of this machine. */
export interface NetworkHost {
  /** As `ip netns list` shows it. */
  readonly namespace: string;
  /** `to` is a network or `default`; `via` decides between IPv4 and IPv6. */
  addRoute(to: string, via: string): Promise<void>;
  /** Lets it pass on what is for others, IPv4 and IPv6. */
  forward(): Promise<void>;
  /** Names that programs find in this host, by address: its `/etc/hosts`. Of others, and of other families, it knows at once that it has none. */
  know(names: Readonly<Record<string, string>>): Promise<void>;
  /** Adds a ruleset of nftables, as `nft -f` reads it. */
  loadRules(ruleset: string): Promise<void>;
  /** The program and arguments that run `program` in this host, for whoever starts processes itself. It keeps its pid, files and environment. */
  command(program: string, args?: readonly string[]): { program: string; args: string[] };
  /** A file that runs `program` in this host with the arguments that it is given, for whoever wants the path of an executable (Playwright). */
  executable(program: string): Promise<string>;
  /** @throws Error with what it printed when it ends with anything but 0 */
  run(program: string, args?: readonly string[], options?: RunOptions): Promise<string>;
  /** Starts a process that is ended with the network at the latest. */
  start(program: string, args?: readonly string[], options?: SpawnOptions): ChildProcess;
}

interface RunOptions {
  input?: string;
  /** Default: half a minute. */
  timeoutMs?: number;
  env?: NodeJS.ProcessEnv;
}

/** The name of each namespace of ours, with the process that made it: what a killed test left behind is known by it. */
const PREFIX = 'conclave-test';
/** How long processes may take to be gone after SIGKILL. */
const GONE_TIMEOUT_MS = 10_000;

/** Whether this user and this kernel can make network namespaces, and iproute2 and nftables are installed. */
export function canMakeNetworks(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/sbin/nft')) return false;
  return spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
}

/** An empty network. Clears away first what networks of processes that no longer run have left. */
export async function createNetwork(): Promise<Network> {
  await clearAbandoned();
  const id = `${PREFIX}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const began = new AsyncDisposableStack();
  let cables = 0;
  return {
    addHost: async (name) => {
      const namespace = `${id}-${name}`;
      await runProgram('ip', ['netns', 'add', namespace]);
      began.defer(() => removeNamespace(namespace));
      await runProgram('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
      return hostIn(namespace, began);
    },
    connect: async (one, other) => {
      // Of the names of interfaces the kernel keeps 15 characters.
      const cable = `${cables++}`;
      const place = (end: CableEnd) => ['name', `cable${cable}`, 'netns', end.host.namespace];
      await runProgram('ip', ['link', 'add', ...place(one), 'type', 'veth', 'peer', ...place(other)]);
      for (const end of [one, other]) await plugIn(end, `cable${cable}`);
    },
    [Symbol.asyncDispose]: () => began.disposeAsync(),
  };
}

async function plugIn({ host: { namespace }, addresses }: CableEnd, device: string): Promise<void> {
  for (const address of addresses) {
    // Nobody else is on the cable, and an address that is still being looked for cannot be listened on.
    const flags = address.includes(':') ? ['nodad'] : [];
    await runProgram('ip', ['-n', namespace, 'address', 'add', address, 'dev', device, ...flags]);
  }
  await runProgram('ip', ['-n', namespace, 'link', 'set', device, 'up']);
}

function hostIn(namespace: string, began: AsyncDisposableStack): NetworkHost {
  const command: NetworkHost['command'] = (program, args = []) => ({ program: 'ip', args: ['netns', 'exec', namespace, program, ...args] });
  const run: NetworkHost['run'] = (program, args, options) => {
    const inside = command(program, args);
    return runProgram(inside.program, inside.args, options);
  };
  return {
    namespace,
    command,
    run,
    addRoute: async (to, via) => {
      await runProgram('ip', [via.includes(':') ? '-6' : '-4', '-n', namespace, 'route', 'add', to, 'via', via]);
    },
    forward: async () => {
      await run('sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    },
    know: async (names) => {
      // `ip netns exec` puts what is there over /etc (ip-netns(8)).
      await mkdir(filesOf(namespace), { recursive: true });
      const lines = Object.entries({ localhost: '127.0.0.1', ...names }).map(([name, address]) => `${address} ${name}\n`);
      await writeFile(join(filesOf(namespace), 'hosts'), lines.join(''));
      // Nobody answers there, which the kernel says itself; this machine's own resolver would be waited for.
      await writeFile(join(filesOf(namespace), 'resolv.conf'), 'nameserver 127.0.0.1\n');
    },
    loadRules: async (ruleset) => {
      await run('nft', ['-f', '-'], { input: ruleset });
    },
    executable: async (program) => {
      const folder = began.adopt(await mkdtemp(join(tmpdir(), `${PREFIX}-`)), (path) => rm(path, { recursive: true, force: true }));
      await chmod(folder, 0o755); // the program may be started as another user
      const file = join(folder, 'run');
      await writeFile(file, `#!/bin/sh\nexec ip netns exec ${namespace} '${program}' "$@"\n`, { mode: 0o755 });
      return file;
    },
    start: (program, args, options = {}) => {
      const inside = command(program, args);
      return spawn(inside.program, inside.args, options);
    },
  };
}

/** Cables go with their namespaces, and those with the last process in them. */
async function removeNamespace(namespace: string): Promise<void> {
  const deadlineMs = Date.now() + GONE_TIMEOUT_MS;
  for (;;) {
    const pids = await processesIn(namespace);
    if (pids.length === 0) break;
    if (Date.now() > deadlineMs) throw new Error(`processes ${pids.join(', ')} in ${namespace} do not end`);
    for (const pid of pids) kill(pid);
    await delay(20);
  }
  await rm(filesOf(namespace), { recursive: true, force: true });
  await runProgram('ip', ['netns', 'delete', namespace]);
}

function filesOf(namespace: string): string {
  return join('/etc/netns', namespace);
}

async function processesIn(namespace: string): Promise<number[]> {
  const output = await runProgram('ip', ['netns', 'pids', namespace]);
  return output.split('\n').filter(Boolean).map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended meanwhile
  }
}

async function clearAbandoned(): Promise<void> {
  const listed = await runProgram('ip', ['netns', 'list']);
  for (const line of listed.split('\n')) {
    const [, namespace, pid] = new RegExp(`^(${PREFIX}-(\\d+)-\\S+)`).exec(line) ?? [];
    if (namespace === undefined || existsSync(`/proc/${pid}`)) continue;
    // Another test may be clearing the same one at this moment.
    await removeNamespace(namespace).catch((error: unknown) => {
      if (existsSync(`/run/netns/${namespace}`)) throw error;
    });
  }
}

async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input = '', timeoutMs = 30_000, env = process.env } = options;
  return await new Promise((resolve, reject) => {
    const limits = { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024, env };
    const child = execFile(program, [...args], limits, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')}: ${stderr || stdout || error.message}`));
      else resolve(stdout);
    });
    child.stdin?.on('error', () => undefined); // a program that does not read it ends before it is written
    child.stdin?.end(input);
  });
}

/** A client, a firewall between, and a server, with IPv4 and IPv6. All pass until the firewall gets rules, in its chain `forward`. */
export interface FirewalledNetwork extends AsyncDisposable {
  readonly client: NetworkHost;
  readonly firewall: NetworkHost;
  readonly server: NetworkHost;
}

/** Of the networks for documentation and tests, which no rule of ours takes for private ones (RFC 2544, 3849, 5737). */
export const FIREWALLED = {
  client: { ipv4: '198.18.0.2', ipv6: '2001:db8:1::2' },
  server: { ipv4: '203.0.113.10', ipv6: '2001:db8:2::10' },
} as const;

/** @see FIREWALLED for the addresses */
export async function createFirewalledNetwork(): Promise<FirewalledNetwork> {
  await using began = new AsyncDisposableStack();
  const network = began.use(await createNetwork());
  const client = await network.addHost('client');
  const firewall = await network.addHost('firewall');
  const server = await network.addHost('server');
  const addresses = ({ ipv4, ipv6 }: { ipv4: string; ipv6: string }) => [`${ipv4}/24`, `${ipv6}/64`];
  const [near, far] = [
    { ipv4: '198.18.0.1', ipv6: '2001:db8:1::1' },
    { ipv4: '203.0.113.1', ipv6: '2001:db8:2::1' },
  ];
  await network.connect({ host: client, addresses: addresses(FIREWALLED.client) }, { host: firewall, addresses: addresses(near) });
  await network.connect({ host: server, addresses: addresses(FIREWALLED.server) }, { host: firewall, addresses: addresses(far) });
  await firewall.forward();
  for (const [host, gateway] of [
    [client, near],
    [server, far],
  ] as const) {
    await host.addRoute('default', gateway.ipv4);
    await host.addRoute('default', gateway.ipv6);
  }
  const ends = began.move();
  return { client, firewall, server, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}
