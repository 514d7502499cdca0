// libsrtp 2 from Debian's own source package, built on OpenSSL. Debian's binary is built on NSS,
// which costs 15 to 40 % more processor time per forwarded packet.
import { readdirSync, readFileSync, mkdirSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../scripts/run.mjs';

const SOURCES_TIMEOUT_MS = 90_000;
const BUILD_TIMEOUT_MS = 180_000;

/**
 * Fetches and builds a static libsrtp in `workDir`, with the archives this system already trusts.
 * Needs no root: apt runs on a private state directory.
 * @returns {Promise<{kind: 'built', includeDir: string, library: string} | {kind: 'unavailable', reason: string}>}
 */
export async function buildLibsrtp(workDir) {
  mkdirSync(workDir, { recursive: true });
  const fetched = await fetchSource(workDir);
  if (fetched.kind === 'unavailable') return fetched;

  const steps = [
    { command: './configure', args: ['--enable-openssl', '--disable-shared', 'CFLAGS=-O2 -fPIC'] },
    { command: 'make', args: ['libsrtp2.a'] },
  ];
  for (const { command, args } of steps) {
    const { code } = await run(command, args, { cwd: fetched.sourceDir, timeoutMs: BUILD_TIMEOUT_MS });
    if (code !== 0) return { kind: 'unavailable', reason: `${command} failed` };
  }
  // The sources keep their headers in include/; the shim says <srtp2/srtp.h> as installed ones are.
  const includeDir = join(workDir, 'include');
  mkdirSync(includeDir, { recursive: true });
  await run('cp', ['-r', join(fetched.sourceDir, 'include'), join(includeDir, 'srtp2')]);
  await run('cp', [join(fetched.sourceDir, 'crypto/include/crypto_types.h'), join(includeDir, 'srtp2')]);
  return { kind: 'built', includeDir, library: join(fetched.sourceDir, 'libsrtp2.a') };
}

async function fetchSource(workDir) {
  const sources = sourceEntries();
  if (sources.list === '' && sources.deb822 === '') return { kind: 'unavailable', reason: 'no apt sources' };
  const options = privateAptOptions(workDir, sources);
  // An archive that has no sources fails the update, yet another one may have what is wanted.
  await run('apt-get', [...options, 'update'], { cwd: workDir, timeoutMs: SOURCES_TIMEOUT_MS });
  const { code } = await run('apt-get', [...options, 'source', 'libsrtp2'], { cwd: workDir, timeoutMs: SOURCES_TIMEOUT_MS });
  const sourceDir = readdirSync(workDir).find((name) => /^libsrtp2-\d/.test(name));
  if (code !== 0 || sourceDir === undefined || !existsSync(join(workDir, sourceDir, 'configure'))) {
    return { kind: 'unavailable', reason: "Debian's source package could not be fetched" };
  }
  return { kind: 'fetched', sourceDir: join(workDir, sourceDir) };
}

function privateAptOptions(workDir, sources) {
  const aptDir = join(workDir, 'apt');
  for (const dir of ['sources', 'lists/partial', 'cache/archives/partial']) mkdirSync(join(aptDir, dir), { recursive: true });
  writeFileSync(join(aptDir, 'sources/all.list'), sources.list);
  writeFileSync(join(aptDir, 'sources/all.sources'), sources.deb822);
  const settings = {
    'Dir::State::lists': join(aptDir, 'lists'),
    'Dir::Cache': join(aptDir, 'cache'),
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(aptDir, 'sources'),
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '1',
    'Acquire::http::Timeout': '10',
    'Acquire::https::Timeout': '10',
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

/** The system's binary archives, rewritten as source archives, in apt's two formats. */
function sourceEntries() {
  const dir = '/etc/apt/sources.list.d';
  const files = [
    ...(existsSync('/etc/apt/sources.list') ? ['/etc/apt/sources.list'] : []),
    ...(existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : []),
  ];
  const read = (ending) =>
    files
      .filter((file) => file.endsWith(ending))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n\n');
  return {
    list: read('.list').replace(/^deb(-src)?\s/gm, 'deb-src '),
    deb822: read('.sources').replace(/^Types:.*$/gm, 'Types: deb-src'),
  };
}
