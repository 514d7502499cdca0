import { readFileSync } from 'node:fs';

/** The release that is running, such as `0.1.0`. */
export function releaseVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }; // npm's own file
  return version;
}
