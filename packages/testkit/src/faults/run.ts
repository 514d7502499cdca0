import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { startInstallation, type Installation } from '../installation.ts';
import { findDescendant } from '../process-tree.ts';
import { createGate } from './gate.ts';
import { createInspector } from './inspect.ts';
import { judgeExport } from './judge-export.ts';
import { createLedger } from './ledger.ts';
import { administer, participate, type Site } from './load.ts';
import { createRandom, type Random } from './random.ts';

const RECOVERY_TIMEOUT_MS = 60_000;
/** How long the load runs before something is killed. */
const MOMENT_MS = { min: 100, max: 1_500 };

export interface FaultsOptions {
  /** How often the server, and how often PostgreSQL, is killed. */
  readonly server: number;
  readonly database: number;
  readonly seed: number;
  /** 6 unless given. */
  readonly participants?: number;
  /** After so many kills the log is exported and judged, and at the end; 5 unless given. */
  readonly exportEvery?: number;
  say?(line: string): void;
}

export interface FaultsResult {
  readonly seed: number;
  readonly killed: { readonly server: number; readonly database: number };
  readonly events: number;
  readonly acknowledged: { readonly messages: number; readonly joins: number; readonly renames: number; readonly rooms: number };
  readonly unanswered: number;
  readonly exportsJudged: number;
  /** The longest time from a kill until meetings could be held again. */
  readonly longestAwayMs: number;
  readonly seconds: number;
}

type Victim = 'server' | 'database';

/**
 * Kills parts of a real installation at random moments while people chat, join, rename themselves and make rooms. After each kill
 * everything that was acknowledged must be stored and in the log exactly once, and the log must be whole.
 * @throws Lost with the first thing that is not as it should be
 */
export async function runFaults(options: FaultsOptions): Promise<FaultsResult> {
  const { server, database, seed, participants = 6, exportEvery = 5, say = () => undefined } = options;
  const startedMs = performance.now();
  const random = createRandom(seed);
  await using installation = await startInstallation();
  const site = await makeSite(installation);
  const [ledger, gate, inspector, aborter] = [createLedger(), createGate(), createInspector(installation.dataDir), new AbortController()];
  const acting = () => ({ site, ledger, gate, random: random.fork(), signal: aborter.signal });
  const load = [administer(acting()), ...Array.from({ length: participants }, () => participate(acting()))];
  let [events, exportsJudged, longestAwayMs] = [0, 0, 0];
  try {
    const plan = shuffled(server, database, random);
    for (const [index, victim] of plan.entries()) {
      await delay(random.between(MOMENT_MS.min, MOMENT_MS.max));
      const awayMs = await killAndWait(installation, site, victim);
      longestAwayMs = Math.max(longestAwayMs, awayMs);
      await gate.close();
      events = await inspector.inspect(ledger);
      const isLast = index === plan.length - 1;
      if (isLast || (index + 1) % exportEvery === 0) {
        await judgeExport(installation, ledger);
        exportsJudged += 1;
      }
      gate.open();
      const counts = `${events} events, ${ledger.messages.size} messages, ${ledger.joins.size} joins, ${ledger.renames.size} renames`;
      say(`${index + 1}/${plan.length} ${victim} killed, away for ${awayMs} ms; nothing lost: ${counts}, ${ledger.unanswered} unanswered`);
    }
  } finally {
    aborter.abort();
    gate.open();
    await Promise.all(load);
  }
  const { messages, joins, renames, roomsMade, unanswered } = ledger;
  return {
    seed,
    killed: { server, database },
    events,
    acknowledged: { messages: messages.size, joins: joins.size, renames: renames.size, rooms: roomsMade.size },
    unanswered,
    exportsJudged,
    longestAwayMs,
    seconds: Math.round((performance.now() - startedMs) / 1_000),
  };
}

async function makeSite({ origin, dataDir, conclave }: Installation): Promise<Site> {
  const ca = await readFile(join(dataDir, 'tls/ca.pem'), 'utf8');
  await conclave('team', 'create', '--name', 'Harbour', '--json');
  const { developer_key: key } = JSON.parse(await conclave('key', 'create', '--team', 'Harbour', '--json')) as { developer_key: string };
  using http = httpsClient(origin, ca);
  const made = await http.ask('POST', '/api/v1/rooms', { body: { friendly_url: 'hall' }, headers: { authorization: `Bearer ${key}` } });
  if (made.status !== 200) throw new Error(`the room could not be made: ${made.status}`);
  return { origin, ca, key, room: 'hall' };
}

function shuffled(server: number, database: number, random: Random): Victim[] {
  const all = [...Array.from({ length: server }, () => 'server' as const), ...Array.from({ length: database }, () => 'database' as const)];
  return all
    .map((victim) => ({ victim, at: random.next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ victim }) => victim);
}

/** Resolves with how long nobody could hold a meeting, in milliseconds. */
async function killAndWait(installation: Installation, site: Site, victim: Victim): Promise<number> {
  const killedMs = performance.now();
  const pid = victim === 'server' ? await serverPid(installation) : await postgresPid(installation);
  process.kill(pid, 'SIGKILL');
  for (;;) {
    await delay(50);
    const awayMs = Math.round(performance.now() - killedMs);
    const isAnother = victim === 'database' ? (await postgresPid(installation).catch(() => pid)) !== pid : true;
    if (isAnother && (await isReady(site))) return awayMs;
    if (awayMs > RECOVERY_TIMEOUT_MS) throw new Error(`the ${victim} was killed and is not back:\n${installation.output().slice(-2_000)}`);
  }
}

const serverPid = async ({ pid }: Installation) => (await findDescendant(pid, 'server/src/main/server.ts')).pid;

/** The postmaster; it is no descendant of the supervisor's when it was left running by another. */
async function postgresPid({ dataDir }: Installation): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n', 1)[0]);
}

async function isReady({ origin, ca }: Site): Promise<boolean> {
  using http = httpsClient(origin, ca);
  const reply = await http.ask('GET', '/healthz').catch(() => null);
  return reply?.status === 200;
}
