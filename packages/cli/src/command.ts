import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How a program ended; `missing` if there is no such program. */
export interface Outcome {
  code: number;
  missing: boolean;
  output: string;
}

interface CommandOptions {
  /** Run as this user. */
  ids?: { uid: number; gid: number };
  home?: string;
  /** Leave the terminal to the program, so that it can ask for a password. */
  interactive?: boolean;
}

/** Administrators' programs are where an ordinary user's PATH does not look. */
const PATH = [process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter);

/** Runs a program to its end; never throws for how it ended. */
export function runCommand(
  program: string,
  args: readonly string[],
  { ids, home, interactive = false }: CommandOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, PATH, ...(home === undefined ? {} : { HOME: home }) };
    const child = spawn(program, args, { ...ids, env, stdio: interactive ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', (error: NodeJS.ErrnoException) => resolve({ code: 127, missing: error.code === 'ENOENT', output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, missing: false, output: output.trim() }));
  });
}

/** Whether a program can be found. */
export function hasCommand(program: string): boolean {
  return PATH.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
