import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { canMakeNetworks, createFirewalledNetwork, createNetwork, FIREWALLED, type NetworkHost } from '../src/network-namespaces.ts';

const { client: CLIENT, server: SERVER } = FIREWALLED;

/** A server that tells each caller its address as the server sees it, on one TCP port of both families. */
const TELL = `require('node:net').createServer((socket) => socket.end(socket.remoteAddress)).listen(443, '::', () => console.log('listens'))`;

async function startTelling(host: NetworkHost): Promise<number> {
  const server = host.start(process.execPath, ['-e', TELL], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const _ of server.stdout ?? []) break;
  return server.pid ?? 0;
}

/** What the client was told, or the code of the error; nothing within two seconds is `ETIMEDOUT`. */
function ask(host: NetworkHost, address: string): Promise<string> {
  const program = `const socket = require('node:net').connect(443, process.argv[1]).setTimeout(2000, () => socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })));
    socket.on('data', (told) => console.log(String(told))).on('error', (error) => console.log(error.code));`;
  return host.run(process.execPath, ['-e', program, address]).then((told) => told.trim());
}

const namespaces = () => execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });

describe.skipIf(!canMakeNetworks())('networks of namespaces (skipped where this user may not make any, or without nftables)', () => {
  test('a client reaches the server through the firewall over IPv4 and IPv6, until the firewall has rules', async () => {
    await using network = await createFirewalledNetwork();
    const { client, firewall, server } = network;
    await startTelling(server);
    await expect.poll(() => ask(client, SERVER.ipv4), { timeout: 30_000 }).toBe(`::ffff:${CLIENT.ipv4}`);
    // The first packets may be lost while the neighbours find each other (RFC 4861 §7.2.2).
    await expect.poll(() => ask(client, SERVER.ipv6), { timeout: 30_000 }).toBe(CLIENT.ipv6);

    await firewall.loadRules(`table inet closed {
      chain forward { type filter hook forward priority filter; policy accept; ip6 daddr ${SERVER.ipv6} tcp dport 443 drop; ip daddr ${SERVER.ipv4} reject; }
    }`);
    expect(await ask(client, SERVER.ipv4)).toBe('ECONNREFUSED');
    expect(await ask(client, SERVER.ipv6)).toBe('ETIMEDOUT');
    await expect(firewall.loadRules('table inet broken {')).rejects.toThrow('syntax error');
  });

  test('nothing of the machine is reached from inside, and a program can be run there by path', async () => {
    await using network = await createNetwork();
    const host = await network.addHost('alone');
    const addresses = spawnSync(await host.executable('ip'), ['-brief', 'address'], { encoding: 'utf8' }).stdout;
    expect(addresses.trim().split('\n')).toEqual([expect.stringMatching(/^lo .*127\.0\.0\.1\/8/)]);
  });

  test('all is gone after a failure, processes too, and what a killed test left goes with the next network', async () => {
    const left = 'conclave-test-4194305-0-left'; // no process has a number this high (proc(5), pid_max)
    execFileSync('ip', ['netns', 'add', left]);
    let pid = 0;
    let namespace = '';
    const failing = async () => {
      await using network = await createNetwork();
      const host = await network.addHost('failing');
      namespace = host.namespace;
      pid = await startTelling(host);
      expect(namespaces()).toContain(namespace);
      throw new Error('the test failed');
    };
    await expect(failing()).rejects.toThrow('the test failed');
    expect(pid).toBeGreaterThan(0);
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false); // until Node has taken its exit status
    expect(namespaces()).not.toContain(namespace);
    expect(namespaces()).not.toContain(left);
  });
});
