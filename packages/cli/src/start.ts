import { createServer } from 'node:net';
import { loadServerCertificate } from '@conclave/runtime/certificates';
import { publicOrigin, type Config } from '@conclave/runtime/config';
import { loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { createLog } from '@conclave/runtime/log';
import type { ReadyMessage } from '@conclave/runtime/supervision';
import { UsageError } from './usage-error.ts';
import { startPlatform, type PartFiles, type Platform, type Say } from './platform.ts';
import { findPortFaults } from './port-check.ts';
import { acquireRun, type Run } from './run-record.ts';
import { hasPeers } from './supervised-turn.ts';
import { waitForEnd } from './stop-signals.ts';
import { isTrusted } from './trust.ts';

/**
 * Runs the whole installation until it is told to end; resolves with the exit code. Prints each step, then `ready <origin>`.
 * @throws UsageError before anything is started if the data directory or a port is taken.
 */
export async function start(given: Config, files?: PartFiles): Promise<number> {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const startedMs = performance.now();
  const say: Say = (step, text) => print(`${step.padEnd(12)} ${text} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
  const ending = waitForEnd();
  process.channel?.unref(); // listening for the launcher's end must not keep this process from ending
  const run = await acquireRun(given.dataDir);
  if ('heldBy' in run)
    throw new UsageError(`Conclave already runs in ${given.dataDir} (process ${run.heldBy}). Stop that one, or set CONCLAVE_DATA_DIR.`);
  try {
    return await runPlatform(given, { run, say, print, ending, ...(files && { files }) });
  } finally {
    await run.release();
  }
}

interface Running {
  run: Run;
  say: Say;
  print: (line: string) => void;
  ending: ReturnType<typeof waitForEnd>;
  files?: PartFiles;
}

async function runPlatform(given: Config, { run, say, print, ending, files }: Running): Promise<number> {
  const faults = await findPortFaults(given);
  if (faults.length > 0)
    throw new UsageError(`Conclave cannot start, because it cannot listen on\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  const config = await withChosenPorts(given);
  const { caFile } = await loadServerCertificate(config);
  await loadInternalIdentity(config.dataDir, 'server', config.internalDir);
  say('certificates', caFile ? `local CA in ${caFile}` : `from ${config.tlsCertFile ?? ''}`);
  const turn = await turnOf(config);
  if (!turn) say('relay', noRelayText(config));
  const platform = await startPlatform({
    config,
    ...(turn && { turn }),
    log: createLog(config, 'supervisor'),
    say,
    note: run.note,
    ...(files && { files }),
  });
  ending.second.then(platform.kill, () => undefined);
  try {
    const first = await Promise.race([platform.ready, ending.first]);
    if (typeof first !== 'string') print(await readyText(config, first, caFile));
    const reason = await ending.first;
    print(`stopping (${reason})`);
    return 0;
  } finally {
    await stopAll(platform, print);
  }
}

async function stopAll(platform: Platform, print: (line: string) => void): Promise<void> {
  const startedMs = performance.now();
  await platform.stop();
  print(`stopped in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

/** Printed in one write, so that who reads `ready` finds the rest behind it. */
async function readyText(config: Config, message: ReadyMessage, caFile: string | undefined): Promise<string> {
  const lines = [`ready ${publicOrigin(config)}`];
  if (message.ownerLink)
    lines.push(`owner link: ${message.ownerLink}`, '  Open it once to name the team and make the owner. It is good until then.');
  if (caFile && !(await isTrusted(caFile))) {
    lines.push(
      'Browsers will warn that the connection is not private: the certificate is signed by a CA that was made on this machine, and no',
      'browser knows it yet. `npx conclave trust` makes the browsers of this user trust it, `npx conclave untrust` takes that back.',
    );
  }
  return lines.join('\n');
}

/** The relay that is run here; none without coturn, where the operator runs one, or where there is nowhere that it could send. */
async function turnOf(config: Config): Promise<Parameters<typeof startPlatform>[0]['turn']> {
  const { turnserverBin } = config;
  if (turnserverBin === undefined || !hasPeers(config)) return undefined;
  return { turnserverBin, proxyPort: await freePort('127.0.0.1'), listeningPort: await freePort('127.0.0.1') };
}

function noRelayText(config: Config): string {
  if (config.turnProxyPort !== undefined) return `a coturn of your own at port ${config.turnProxyPort}`;
  if (config.turnserverBin !== undefined) return 'none: this host announces no address but loopback';
  return 'none: who is behind a firewall that lets nothing but HTTPS out hears and sees nobody. With `apt-get install coturn` there is one';
}

/** Ports that were left open are chosen here, so that a part that is started again is found where it was. */
async function withChosenPorts(config: Config): Promise<Config & { mediaNodeUrl: string }> {
  const mediaInternalPort = config.mediaInternalPort || (await freePort('127.0.0.1'));
  return {
    ...config,
    httpsPort: config.httpsPort || (await freePort(config.listenAddress)),
    httpPort: config.httpPort || (await freePort(config.listenAddress)),
    mediaInternalPort,
    mediaNodeUrl: config.mediaNodeUrl ?? `https://127.0.0.1:${mediaInternalPort}`,
  };
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no free port'))));
    });
  });
}
