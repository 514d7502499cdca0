// Finds or makes the mediasoup worker. `node scripts/media-worker.mjs` prints its path.
// docs/operations/media-worker.md tells the four ways and their order.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BUILD_PACKAGES, buildWorker, installBinary } from '../packages/media/worker/build.mjs';
import { needPackages } from './apt.mjs';
import { cacheDir, PINNED_NODE, ROOT } from './paths.mjs';
import { SetUpError, startReport } from './report.mjs';
import { run } from './run.mjs';

const MEDIASOUP = join(ROOT, 'node_modules/mediasoup');
const WORKER_SOURCES = join(ROOT, 'packages/media/worker');
// What the binary depends on, beside mediasoup's sources.
const SHIMS = ['build.mjs', 'libsrtp.mjs', 'include/srtp.h', 'include/ankerl/unordered_dense.h'];
const DOWNLOAD_TIMEOUT_MS = 10_000;
const HANDSHAKE_TIMEOUT_MS = 60_000;
// mediasoup's worker ends with this code when nobody tells it the version of its caller.
const LONELY_WORKER_EXIT_CODE = 41;

/** The worker that is ready for use, or undefined. Costs a few milliseconds. */
export function findWorker(env = process.env) {
  if (env.MEDIASOUP_WORKER_BIN) {
    if (!starts(env.MEDIASOUP_WORKER_BIN))
      throw new SetUpError(`MEDIASOUP_WORKER_BIN is not a media worker that runs here: ${env.MEDIASOUP_WORKER_BIN}`);
    return env.MEDIASOUP_WORKER_BIN;
  }
  return cachedWorkers(env).find((file) => existsSync(file) && starts(file));
}

/** Brings a worker into the cache, by download or by compiling, and returns its path. It has made its handshakes by then. */
export async function makeWorker(report, env = process.env) {
  const downloaded = await download(report);
  if (downloaded !== undefined) {
    await handshake(downloaded, dirname(downloaded));
    const [target] = cachedWorkers(env);
    installBinary(downloaded, target);
    report.done('downloaded, DTLS-SRTP handshake made');
    return target;
  }
  return compile(report, env);
}

async function compile(report, env) {
  await needPackages(BUILD_PACKAGES, { report, why: 'The media worker, which has to be compiled here,' });
  const workDir = join(cacheDir(env), `build-${process.pid}`);
  try {
    report.say("compiling mediasoup's worker, a few minutes, once for each version");
    const binary = await buildWorker({
      mediasoupDir: MEDIASOUP,
      workDir,
      say: report.say,
      onProgress: (done, total) => report.progress(`compiled ${done}/${total}`),
    });
    await handshake(binary, workDir);
    // Asked for only now: the installed packages may have brought another OpenSSL.
    const target = cachedWorkers(env)[1];
    installBinary(binary, target);
    report.done(`compiled, DTLS-SRTP handshake made: ${target}`);
    return target;
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** mediasoup's own installer, stopped when it gives up downloading and wants to compile. */
async function download(report) {
  const binary = join(MEDIASOUP, 'worker/out/Release/mediasoup-worker');
  report.progress("asking for mediasoup's own download");
  const { timedOut } = await run(PINNED_NODE, ['npm-scripts.mjs', 'postinstall'], {
    cwd: MEDIASOUP,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
    onLine: (line) => (/building it locally/.test(line) ? 'stop' : undefined),
  });
  if (!timedOut && existsSync(binary) && starts(binary)) return binary;
  report.say(`mediasoup's own download cannot be had here${timedOut ? ` within ${DOWNLOAD_TIMEOUT_MS / 1000} s` : ''}`);
  return undefined;
}

async function handshake(binary, scratchDir) {
  const { code, output } = await run(PINNED_NODE, [join(WORKER_SOURCES, 'handshake.mjs'), binary], {
    timeoutMs: HANDSHAKE_TIMEOUT_MS,
    env: { ...process.env, TMPDIR: scratchDir },
  });
  if (code !== 0) throw new SetUpError(`${output.trim()}\nThe worker was made but does not work; see docs/operations/media-worker.md`);
}

/** Where a downloaded and where a compiled worker of this version would be. */
function cachedWorkers(env) {
  const { version } = JSON.parse(readFileSync(join(MEDIASOUP, 'package.json'), 'utf8'));
  const place = `${version}-${process.platform}-${process.arch}`;
  const built = `${place}-${shimHash()}-openssl${opensslSeries()}`;
  return [`${place}-download`, built].map((key) => join(cacheDir(env), 'media-worker', key, 'mediasoup-worker'));
}

function shimHash() {
  const hash = createHash('sha256');
  for (const file of SHIMS) hash.update(readFileSync(join(WORKER_SOURCES, file)));
  return hash.digest('hex').slice(0, 12);
}

/** Major and minor version: point releases keep the ABI, and reach the worker through the shared library without a build. */
function opensslSeries() {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Version}\n', 'libssl3', 'libssl3t64'], { encoding: 'utf8' });
  return /^\d+\.\d+/.exec(stdout ?? '')?.[0] ?? 'none';
}

function starts(file) {
  return spawnSync(file, [], { env: {}, stdio: 'ignore' }).status === LONELY_WORKER_EXIT_CODE;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  // Only the path goes to stdout, so that a shell can take it.
  console.log(findWorker() ?? (await makeWorker(startReport('media worker'))));
}
