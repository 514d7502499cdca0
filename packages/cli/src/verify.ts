import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { callersDirectory } from './callers-directory.ts';
import type { Options } from './commands.ts';

const PROGRAM = fileURLToPath(new URL('verify-log.ts', import.meta.url));

/** Runs the verifier as anybody would who has that file alone. Resolves with its exit code. */
export async function verifyLog(files: readonly string[], { checkpoint = [], json = false }: Options, key: string): Promise<number> {
  const options = [...checkpoint.flatMap((file) => ['--checkpoint', file]), '--key', key, ...(json ? ['--json'] : [])];
  const child = spawn(process.execPath, [PROGRAM, ...options, '--', ...files], { cwd: callersDirectory(), stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null]; // ChildProcess' own signature
  return code ?? 1;
}
