// Debian packages: what is missing, and installing it when that is allowed.
import { execFileSync } from 'node:child_process';
import { run } from './run.mjs';
import { SetUpError } from './report.mjs';

const UPDATE_TIMEOUT_MS = 180_000;
const INSTALL_TIMEOUT_MS = 900_000;

/** Those of `names` that dpkg does not know as installed; all of them where there is no dpkg. */
export function missingPackages(names) {
  let installed = '';
  try {
    installed = execFileSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Abbrev}\n', ...names], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    // dpkg-query exits with 1 when it does not know one of the names, and prints the others.
    installed = error.stdout ?? '';
  }
  const known = new Set(
    installed
      .split('\n')
      .filter((line) => line.includes(' ii'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !known.has(name));
}

/**
 * Installs what is missing of `names` when this process is root.
 * Throws SetUpError with the line to type when it is not, or when apt fails.
 */
export async function needPackages(names, { report, why, env = {} }) {
  const missing = missingPackages(names);
  if (missing.length === 0) return;
  const byHand = `sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) {
    throw new SetUpError(`${why} needs Debian packages that are not installed. Run this, then try again:\n\n  ${byHand}\n`);
  }
  report.say(`installing Debian packages: ${missing.join(' ')}`);
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...env },
    // dpkg rewrites its line with carriage returns.
    onLine: (line) => report.progress((line.split('\r').at(-1) ?? '').slice(0, 90)),
  };
  await run('apt-get', ['-q', 'update'], { ...options, timeoutMs: UPDATE_TIMEOUT_MS });
  const { code, output } = await run('apt-get', ['-q', 'install', '-y', '--no-install-recommends', ...missing], {
    ...options,
    timeoutMs: INSTALL_TIMEOUT_MS,
  });
  if (code !== 0)
    throw new SetUpError(
      `apt-get could not install ${missing.join(' ')}:\n${output.split('\n').slice(-15).join('\n')}\nBy hand: ${byHand}`,
    );
}
