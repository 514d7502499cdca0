import { chown, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCommand, runCommand } from './command.ts';
import type { DesktopUser } from './desktop-user.ts';

/** The line to show when `certutil` is not there. */
export const CERTUTIL_HINT = 'certutil is missing; install it with: sudo apt-get install libnss3-tools';

/** Whether NSS stores can be read and changed. */
export function hasCertutil(): boolean {
  return hasCommand('certutil');
}

/** Puts a CA into the store of Chromium (made if missing) and of each Firefox profile; resolves with the stores changed. */
export async function addToNssStores(user: DesktopUser, caFile: string, nickname: string): Promise<string[]> {
  await ensureChromiumStore(user);
  const stores = await findStores(user);
  for (const store of stores) {
    await certutil(user, store, ['-D', '-n', nickname]); // a second copy under the same name would be refused
    const { code, output } = await certutil(user, store, ['-A', '-t', 'C,,', '-n', nickname, '-i', caFile]);
    if (code !== 0) throw new Error(`certutil could not add the CA to ${store}: ${output}`);
  }
  return stores;
}

/** Takes a CA out of all stores; resolves with those that had it. */
export async function removeFromNssStores(user: DesktopUser, nickname: string): Promise<string[]> {
  const changed: string[] = [];
  for (const store of await findStores(user)) {
    if ((await certutil(user, store, ['-D', '-n', nickname])).code === 0) changed.push(store);
  }
  return changed;
}

/** Whether Chromium's store has the CA. */
export async function isInChromiumStore(user: DesktopUser, nickname: string): Promise<boolean> {
  const store = chromiumStore(user);
  return hasCertutil() && (await isStore(store)) && (await certutil(user, store, ['-L', '-n', nickname])).code === 0;
}

function chromiumStore({ home }: DesktopUser): string {
  return join(home, '.pki/nssdb');
}

async function ensureChromiumStore(user: DesktopUser): Promise<void> {
  const store = chromiumStore(user);
  if (await isStore(store)) return;
  await mkdir(store, { recursive: true, mode: 0o700 });
  if (user.ids) for (const directory of [store, dirname(store)]) await chown(directory, user.ids.uid, user.ids.gid);
  const { code, output } = await certutil(user, store, ['-N', '--empty-password']);
  if (code !== 0) throw new Error(`certutil could not make ${store}: ${output}`);
}

/** Chromium's two places (the second of newer versions), its snap's, and Firefox's profiles, as far as they are there. */
async function findStores(user: DesktopUser): Promise<string[]> {
  const fixed = ['.pki/nssdb', '.local/share/pki/nssdb', 'snap/chromium/current/.pki/nssdb'].map((path) => join(user.home, path));
  const roots = ['.mozilla/firefox', '.config/mozilla/firefox', 'snap/firefox/common/.mozilla/firefox'].map((path) =>
    join(user.home, path),
  );
  const profiles = (
    await Promise.all(roots.map(async (root) => (await readdir(root).catch(() => [])).map((name) => join(root, name))))
  ).flat();
  const found = await Promise.all([...fixed, ...profiles].map(async (store) => ((await isStore(store)) ? [store] : [])));
  return found.flat();
}

function isStore(directory: string): Promise<boolean> {
  return stat(join(directory, 'cert9.db')).then(
    () => true,
    () => false,
  );
}

function certutil({ home, ids }: DesktopUser, store: string, args: readonly string[]) {
  return runCommand('certutil', ['-d', `sql:${store}`, ...args], { home, ...(ids && { ids }) });
}
