/**
 * How many native peers one process carries, and what one costs. Peers of this process, two to a room, each send a camera and receive the
 * other's; the installation runs in processes of its own on this host. Steps up in number; each step says the processor time of one peer
 * and, as the sign of too many, how late timers of this process are and how much of what was sent arrived.
 * `npm run bench -- native-peers [--steps 10,20,40,80] [--seconds 8] [--bitrate 300000]`; writes `bench/results/native-peers.json`.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { httpsClient, type HttpsClient } from '@conclave/cli/peer/https-client';
import { startInstallation } from '@conclave/testkit/installation';
import { joinNatively, type NativeParticipant } from '@conclave/testkit/native-participant';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '10,20,40,80' },
    seconds: { type: 'string', default: '8' },
    bitrate: { type: 'string', default: '300000' },
  },
});
const bitrateBps = Number(values.bitrate);
const seconds = Number(values.seconds);

interface Step {
  peers: number;
  /** Of one core, all peers together. */
  processorRatio: number;
  processorRatioPerPeer: number;
  timersLateP99Ms: number;
  /** Of the bits that should have been sent to all together. */
  arrivedRatio: number;
  residentMegabytes: number;
}

interface Site {
  readonly origin: string;
  readonly ca: string;
  readonly http: HttpsClient;
  readonly key: string;
}

async function addPair(site: Site, index: number): Promise<NativeParticipant[]> {
  const made = await site.http.ask('POST', '/api/v1/rooms', { body: {}, headers: { authorization: `Bearer ${site.key}` } });
  const room = String(made.body['friendly_url']);
  const pair = await Promise.all(['a', 'b'].map((name) => joinNatively(site, { room, name: `${name}${index}` })));
  for (const { peer } of pair) await peer.send('camera', { bitrateBps });
  return pair;
}

async function measure(peers: readonly NativeParticipant[]): Promise<Step> {
  const received = () => peers.reduce((sum, { peer }) => [...peer.arrivals.values()].reduce((bytes, one) => bytes + one.bytes, sum), 0);
  await delay(2_000); // the first key frames
  const late = monitorEventLoopDelay({ resolution: 5 });
  late.enable();
  const [bytesBefore, processorBefore, beganAtMs] = [received(), process.cpuUsage(), performance.now()];
  await delay(seconds * 1000);
  const elapsedS = (performance.now() - beganAtMs) / 1000;
  const { user, system } = process.cpuUsage(processorBefore);
  late.disable();
  const processorRatio = (user + system) / 1e6 / elapsedS;
  return {
    peers: peers.length,
    processorRatio,
    processorRatioPerPeer: processorRatio / peers.length,
    timersLateP99Ms: late.percentile(99) / 1e6 - 5,
    arrivedRatio: ((received() - bytesBefore) * 8) / elapsedS / (peers.length * bitrateBps),
    residentMegabytes: process.memoryUsage().rss / 2 ** 20,
  };
}

const installation = await startInstallation();
const peers: NativeParticipant[] = [];
try {
  await installation.conclave('team', 'create', '--name', 'Bench', '--json');
  const made = JSON.parse(await installation.conclave('key', 'create', '--team', 'Bench', '--json')) as { developer_key: string }; // as documented
  const ca = await readFile(join(installation.dataDir, 'tls', 'ca.pem'), 'utf8');
  using http = httpsClient(installation.origin, ca);
  const steps: Step[] = [];
  for (const wanted of values.steps.split(',').map(Number)) {
    while (peers.length < wanted)
      peers.push(...(await addPair({ origin: installation.origin, ca, http, key: made.developer_key }, peers.length)));
    const step = await measure(peers);
    steps.push(step);
    console.log(
      `${String(step.peers).padStart(4)} peers: ${(step.processorRatio * 100).toFixed(0)} % of a core, ${(step.processorRatioPerPeer * 100).toFixed(2)} % each; ` +
        `timers late p99 ${step.timersLateP99Ms.toFixed(1)} ms; ${(step.arrivedRatio * 100).toFixed(1)} % arrived; ${step.residentMegabytes.toFixed(0)} MB`,
    );
  }
  await mkdir('bench/results', { recursive: true });
  await writeFile('bench/results/native-peers.json', `${JSON.stringify({ bitrateBps, seconds, steps }, null, 2)}\n`);
} finally {
  for (const peer of peers) peer[Symbol.dispose]();
  await installation[Symbol.asyncDispose]();
}
