import { homedir } from 'node:os';
import { runCommand } from './command.ts';

/** Whose browsers are meant: who runs this, or who ran `sudo`. */
export interface DesktopUser {
  home: string;
  /** Present if this process is root for somebody else: what it writes there must be that user's. */
  ids?: { uid: number; gid: number };
}

/** Finds the person at the screen. */
export async function findDesktopUser(env: NodeJS.ProcessEnv): Promise<DesktopUser> {
  const [uid, gid] = [Number(env['SUDO_UID']), Number(env['SUDO_GID'])];
  if (process.getuid?.() !== 0 || !(uid > 0) || !(gid > 0)) return { home: homedir() };
  const { output } = await runCommand('getent', ['passwd', String(uid)]);
  const home = output.split(':')[5];
  return home ? { home, ids: { uid, gid } } : { home: homedir() };
}
