import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMakeNetworks, createFirewalledNetwork, FIREWALLED, type FirewalledNetwork } from '../src/network-namespaces.ts';
import type { Egress } from '../src/programs/egress.ts';

const SHIPPED = new URL('../../../deploy/nftables-turn.conf', import.meta.url);
const EGRESS = fileURLToPath(new URL('../src/programs/egress.ts', import.meta.url));
/** Nobody's on this machine; the shipped file names the user of the Debian package. */
const TURN_UID = 64_103;
const MEDIA = FIREWALLED.server.ipv4;
const PROXY_PORT = 3480;

/** What the TURN server needs, and what whoever has taken it over would like. */
const ALLOWED = [`udp:${MEDIA}:10000`, `udp:${MEDIA}:10015`];
const REFUSED = [
  `udp:${MEDIA}:9999`,
  `udp:${MEDIA}:10016`,
  `udp:${MEDIA}:53`,
  `udp:${FIREWALLED.client.ipv4}:10000`,
  'udp:127.0.0.1:10000',
  'udp:127.0.0.53:53',
  'udp:203.0.113.1:10000',
  `tcp:127.0.0.1:8444`,
  `tcp:127.0.0.1:${PROXY_PORT}`,
  `tcp:${MEDIA}:8444`,
  `tcp:${FIREWALLED.client.ipv4}:8444`,
];

const stack = new AsyncDisposableStack();
let network: FirewalledNetwork;

const asTurn = (...args: string[]) => [`--reuid=${TURN_UID}`, `--regid=${TURN_UID}`, '--clear-groups', process.execPath, EGRESS, ...args];

async function egress(targets: readonly string[]): Promise<Egress> {
  return JSON.parse(await network.server.run('setpriv', asTurn('try', ...targets))) as Egress; // printed by that program
}

const all = (targets: readonly string[], could: boolean): Egress => Object.fromEntries(targets.map((target) => [target, could]));

beforeAll(async () => {
  if (!canMakeNetworks()) return;
  network = stack.use(await createFirewalledNetwork());
  // Something that could be reached: on the server itself, and on a host elsewhere.
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const processes = [
    network.server.start(process.execPath, [EGRESS, 'listen', '8444'], { stdio: [...stdio] }),
    network.client.start(process.execPath, [EGRESS, 'listen', '8444'], { stdio: [...stdio] }),
    network.server.start('setpriv', asTurn('listen', String(PROXY_PORT), '3481'), { stdio: [...stdio] }),
  ];
  await Promise.all(processes.map(async ({ stdout }) => stdout && (await once(stdout, 'data'))));
});
afterAll(() => stack.disposeAsync());

describe.skipIf(!canMakeNetworks())(
  '[T7] the shipped table for the TURN server (skipped where this user may not make network namespaces, or without nftables)',
  () => {
    test('without it everything can be reached', async () => {
      expect(await egress([...ALLOWED, ...REFUSED])).toEqual(all([...ALLOWED, ...REFUSED], true));
    });

    test('with it nothing but the media ports of the media nodes, and it answers the front on loopback', async () => {
      const shipped = await readFile(SHIPPED, 'utf8');
      await network.server.loadRules(shipped.replace('"turnserver"', String(TURN_UID)));
      expect(await egress([...ALLOWED, ...REFUSED])).toEqual({ ...all(ALLOWED, true), ...all(REFUSED, false) });
      // Others of this host are not held back, and who connects to it on loopback is answered, on that one port.
      const front = [`tcp:127.0.0.1:${PROXY_PORT}`, 'tcp:127.0.0.1:8444', `udp:${FIREWALLED.client.ipv4}:53`];
      const others = JSON.parse(await network.server.run(process.execPath, [EGRESS, 'try', ...front, 'tcp:127.0.0.1:3481'])) as Egress; // as above
      expect(others).toEqual({ ...all(front, true), 'tcp:127.0.0.1:3481': false });
    });
  },
);
