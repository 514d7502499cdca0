import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpsClient, type HttpsClient } from '@conclave/cli/peer/https-client';
import { descendants } from '@conclave/runtime/process-tree';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canCapture, startCapture, type Packet } from '../src/capture.ts';
import { enterHostile } from '../src/hostile/hostile-client.ts';
import { startInstallation, type Installation } from '../src/installation.ts';
import { joinNatively } from '../src/native-participant.ts';

const MAIN = new URL('../../cli/src/main.ts', import.meta.url).pathname;
/** What each profile of SRTP adds to a packet of RTP (RFC 5764 §4.1.2, RFC 7714 §12). */
const SRTP_TAG_BYTES: Record<number, number> = { 1: 10, 2: 4, 7: 16, 8: 16 };

let installation: Installation;
let http: HttpsClient;
let ca: string;
let key: string;
const away = mkdtempSync(join(tmpdir(), 'conclave-load-'));

beforeAll(async () => {
  installation = await startInstallation({ env: { CONCLAVE_MEDIA_WORKERS: '1' } });
  await installation.conclave('team', 'create', '--name', 'Harbour', '--json');
  const made = JSON.parse(await installation.conclave('key', 'create', '--team', 'Harbour', '--json')) as { developer_key: string }; // as documented
  key = made.developer_key;
  ca = readFileSync(join(installation.dataDir, 'tls', 'ca.pem'), 'utf8');
  http = httpsClient(installation.origin, ca);
});

afterAll(async () => {
  rmSync(away, { recursive: true });
  http?.[Symbol.dispose]();
  await installation?.[Symbol.asyncDispose]();
});

async function rest(path: string, body: object): Promise<Record<string, unknown>> {
  const reply = await http.ask('POST', `/api/v1${path}`, { body, headers: { authorization: `Bearer ${key}` } });
  expect(reply.status).toBe(200);
  return reply.body;
}

/** A new room and its link. */
async function makeRoom(settings: object = {}): Promise<{ room: string; url: string }> {
  const room = String((await rest('/rooms', settings))['friendly_url']);
  return { room, url: `${installation.origin}/${room}` };
}

interface Running {
  child: ChildProcess;
  stderr(): string;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** `here`: with the configuration of this installation, as an operator on its host has it. */
function loadTest(args: readonly string[], { here = true }: { here?: boolean } = {}): Running {
  const own = { CONCLAVE_DATA_DIR: installation.dataDir, CONCLAVE_HTTPS_PORT: new URL(installation.origin).port };
  const env = { ...process.env, INIT_CWD: away, ...(here ? own : { CONCLAVE_DATA_DIR: join(away, 'data') }) };
  const child = spawn(process.execPath, [MAIN, 'load-test', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  return { child, stderr: () => stderr, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr })) }; // its own signature
}

/** RTP and RTCP begin with 128 to 191 (RFC 7983 §7); packet types 192 to 223 are RTCP (RFC 5761 §4). */
function isSrtp({ payload: [first = 0, second = 0] }: Packet): boolean {
  return first >= 128 && first <= 191 && !(second >= 192 && second <= 223);
}

/** The documented report, as far as a test looks at it. */
interface Report {
  joins: { begun: number; joined: number; refused: object; subscriberMs: { count: number; p50: number; max: number } };
  streams: { expected: number; received: number };
  audio: { streams: number; lostPackets: number; expectedPackets: number; bitrateBps: { p50: number }; jitterMs: { max: number } };
  video: { streams: number; lostPackets: number; bitrateBps: { p50: number } };
  traffic: Record<'sent' | 'received', { rtp: { packets: number; bytes: number } }>;
  server: { processes?: { name: string; cpuRatio: number; residentBytesMax: number }[]; unknown?: string };
  generator: { processes: { pid: number }[]; dead: { how: string; peers: number }[] };
  endedBy: string;
  lastedS: number;
}

async function reportOf(running: Running): Promise<{ code: number | null; report: Report; stderr: string }> {
  const { code, stdout, stderr } = await running.ended;
  if (stdout === '') throw new Error(`there is no report: ${stderr}`);
  return { code, report: JSON.parse(stdout) as Report, stderr };
}

// Each starts several processes of Node, which takes its time on a busy machine.
describe('a load test', { timeout: 180_000 }, () => {
  test('sends people through the real doors, and everybody receives everybody who sends', async () => {
    const { url } = await makeRoom();
    const { code, report, stderr } = await reportOf(
      loadTest(['--url', url, '--publishers', '2', '--subscribers', '3', '--seconds', '6', '--json']),
    );
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('joined 5/5') });
    expect(report).toMatchObject({
      joins: { begun: 5, joined: 5, refused: {}, subscriberMs: { count: 3 } },
      streams: { expected: 2 * 2 + 3 * 4, received: 16 },
      audio: { streams: 8, lostPackets: 0 },
      video: { streams: 8, lostPackets: 0 },
      endedBy: 'time',
      generator: { dead: [] },
    });
    expect(report.joins.subscriberMs.max).toBeLessThan(20_000);
    // What was sent, with headers: 32 kbit/s in 50 packets a second, 500 kbit/s in packets of 1100 bytes.
    expect(report.audio.bitrateBps.p50).toBeGreaterThan(35_000);
    expect(report.audio.bitrateBps.p50).toBeLessThan(60_000);
    expect(report.video.bitrateBps.p50).toBeGreaterThan(400_000);
    expect(report.video.bitrateBps.p50).toBeLessThan(650_000);
    const processes = report.server.processes ?? [];
    expect(processes.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['supervisor', 'server', 'media', 'media worker 1', 'PostgreSQL']),
    );
    for (const { cpuRatio, residentBytesMax } of processes)
      expect([cpuRatio >= 0, cpuRatio < 8, residentBytesMax > 2 ** 18]).toEqual([true, true, true]);
  });

  test.skipIf(!canCapture())(
    'counts exactly what a capture on the interface counts (skipped without root or the Debian package tshark)',
    async () => {
      const { url } = await makeRoom();
      await using capture = await startCapture(`udp port ${installation.mediaPort}`);
      const many = ['--publishers', '3', '--subscribers', '4', '--seconds', '6', '--join-rate', '10', '--video-bitrate', '200000'];
      const { report } = await reportOf(loadTest(['--url', url, ...many, '--json']));
      const srtp = (await capture.packets()).filter(isSrtp);
      expect(capture.missed()).toBe(0);
      const profiles = new Set((await capture.fields('dtls.handshake.type==2', ['dtls.use_srtp.protection_profile'])).flat().map(Number));
      expect(profiles.size).toBe(1);
      const tagBytes = SRTP_TAG_BYTES[[...profiles][0] ?? 0] ?? Number.NaN;
      const onTheWire = ({ rtp }: Report['traffic']['sent']) => ({ datagrams: rtp.packets, bytes: rtp.bytes + rtp.packets * tagBytes });
      const captured = (packets: readonly Packet[]) => ({
        datagrams: packets.length,
        bytes: packets.reduce((sum, { payload }) => sum + payload.length, 0),
      });
      expect(report.streams).toEqual({ expected: 3 * 4 + 4 * 6, received: 36 });
      expect({
        sent: captured(srtp.filter(({ destinationPort }) => destinationPort === installation.mediaPort)),
        received: captured(srtp.filter(({ sourcePort }) => sourcePort === installation.mediaPort)),
      }).toEqual({ sent: onTheWire(report.traffic.sent), received: onTheWire(report.traffic.received) });
    },
  );

  test('reports by code who was refused, and fails then', async () => {
    const { url } = await makeRoom({ max_participants: 3 });
    const running = loadTest(['--url', url, '--publishers', '1', '--subscribers', '4', '--audio-only', '--seconds', '5', '--json']);
    const { code, report } = await reportOf(running);
    expect({ code, report }).toMatchObject({
      code: 1,
      report: { joins: { begun: 5, joined: 3, refused: { room_full: 2 } }, streams: { expected: 2, received: 2 } },
    });
    expect(report.video.streams).toBe(0);
  });

  test('of a private room brings the token of its link, which is nowhere in the report', async () => {
    const { room, url } = await makeRoom({ privacy: 'private' });
    const token = String((await rest(`/rooms/${room}/token`, { role: 'speaker', u: 'Load' }))['token']);
    const refused = await loadTest(['--url', url, '--subscribers', '1']).ended;
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: 'The room cannot be entered: token_required.\n' });
    const args = ['--publishers', '1', '--subscribers', '1', '--audio-only', '--seconds', '4', '--json'];
    const { code, stdout, stderr } = await loadTest(['--url', `${url}?token=${token}`, ...args]).ended;
    expect({ code, leaked: (stdout + stderr).includes(token) }).toEqual({ code: 0, leaked: false });
  });

  test('ends with a report of what was measured so far on Ctrl-C, and tells of a process that died', async () => {
    const { url } = await makeRoom();
    const running = loadTest([
      '--url',
      url,
      '--publishers',
      '2',
      '--subscribers',
      '2',
      '--audio-only',
      '--seconds',
      '300',
      '--processes',
      '2',
      '--json',
    ]);
    await expect.poll(running.stderr, { timeout: 100_000 }).toContain('joined 4/4');
    const workers = (await descendants(running.child.pid ?? 0)).filter(({ command }) => command.includes('load-test/worker.ts'));
    process.kill(workers[0]?.pid ?? 0, 'SIGKILL');
    await expect.poll(running.stderr, { timeout: 20_000 }).toContain('died (SIGKILL) with its 2 peers');
    running.child.kill('SIGINT');
    const { code, report } = await reportOf(running);
    expect({ code, report }).toMatchObject({
      code: 1,
      report: { endedBy: 'interrupt', joins: { joined: 2 }, generator: { dead: [{ how: 'SIGKILL', peers: 2 }] } },
    });
    expect(report.generator.processes).toHaveLength(1);
    const left = workers.filter(({ pid }) => isThere(pid));
    expect(left).toEqual([]);
  });

  test('is refused where a server is not loopback and nobody said that it is theirs', async () => {
    for (const host of ['198.51.100.7', '[2001:db8::7]', '0.0.0.0']) {
      const { code, stdout, stderr } = await loadTest(['--url', `https://${host}/room`, '--publishers', '1']).ended;
      expect({ code, stdout, stderr }).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--i-own-this-server') });
    }
  });

  test('trusts no certificate but that of the installation here, of a known authority, or of --ca', async () => {
    const { url } = await makeRoom();
    const args = ['--url', url, '--subscribers', '1', '--publishers', '1', '--audio-only', '--seconds', '3', '--json'];
    const unknown = await loadTest(args, { here: false }).ended;
    expect(unknown).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--ca FILE') });
    writeFileSync(join(away, 'ca.pem'), ca);
    const { code, report } = await reportOf(loadTest([...args, '--ca', 'ca.pem'], { here: false }));
    expect({ code, report }).toMatchObject({ code: 0, report: { server: { unknown: expect.stringContaining('port 8443') } } });
    const { stderr } = await loadTest([...args, '--ca', 'nowhere.pem'], { here: false }).ended;
    expect(stderr).toContain('nowhere.pem cannot be read');
  });
});

describe('a peer without a browser', () => {
  test('asks for what is lost on the way to it, and sends again what is lost on the way to the node', async () => {
    const { room } = await makeRoom();
    const place = { origin: installation.origin, ca, http };
    using lossy = await enterHostile(place, { room, name: 'Far away' });
    using near = await joinNatively(place, { room, name: 'Near' });
    await near.peer.send('camera', { bitrateBps: 500_000 });
    await lossy.peer.send('camera', { bitrateBps: 500_000 });
    await expect.poll(() => lossy.received(near.id).bytes, { timeout: 15_000 }).toBeGreaterThan(50_000);
    await expect.poll(() => near.received(lossy.id).bytes, { timeout: 15_000 }).toBeGreaterThan(50_000);
    lossy.taps.recv.loseOneIn(20);
    lossy.taps.send.loseOneIn(20);
    const recovered = (peer: typeof near.peer) => [...peer.arrivals.values()].reduce((sum, { reception }) => sum + reception.recovered, 0);
    await expect.poll(() => recovered(lossy.peer), { timeout: 20_000 }).toBeGreaterThan(5);
    await expect.poll(() => lossy.peer.sending.nacks.resent, { timeout: 20_000 }).toBeGreaterThan(5);
    lossy.taps.recv.loseOneIn(0);
    lossy.taps.send.loseOneIn(0);
    expect(lossy.peer.receiving.nacks.packets).toBeGreaterThanOrEqual(recovered(lossy.peer));
    const lost = () =>
      [lossy.peer, near.peer].flatMap((peer) => [...peer.arrivals.values()].map(({ reception }) => reception.lost / reception.expected));
    // Of one in twenty that were lost almost all came again.
    await expect.poll(() => Math.max(...lost()), { timeout: 10_000 }).toBeLessThan(0.01);
  });
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
