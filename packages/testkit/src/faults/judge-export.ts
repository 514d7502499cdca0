import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Installation } from '../installation.ts';
import { Lost } from './inspect.ts';
import type { Ledger } from './ledger.ts';

const VERIFIER = fileURLToPath(new URL('../../../cli/src/verify-log.ts', import.meta.url));

/**
 * Signs and exports the log as an operator does, has it judged by the offline verifier against every checkpoint there ever was, and looks
 * for each name that was acknowledged. @throws Lost
 */
export async function judgeExport(installation: Installation, ledger: Ledger): Promise<void> {
  const { dataDir, conclave } = installation;
  const file = join(dataDir, 'faults-export.jsonl');
  await conclave('log', 'checkpoint');
  const key = (await conclave('log', 'key')).trim();
  await conclave('log', 'export', file, '--readable');
  await verify(file, ['--key', key, '--checkpoint', join(dataDir, 'checkpoints', 'history.jsonl')]);
  const names = new Map<string, number>();
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!line.includes('"name":"participant.renamed"')) continue;
    const { personal } = JSON.parse(line) as { personal?: { name?: string } };
    names.set(personal?.name ?? '', (names.get(personal?.name ?? '') ?? 0) + 1);
  }
  for (const [name, times] of names) if (times !== 1) throw new Lost(`"${name}" is in the log ${times} times`);
  for (const name of ledger.renames) if (!names.has(name)) throw new Lost(`"${name}" was acknowledged and is not in the log`);
  await rm(file);
}

function verify(file: string, options: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [VERIFIER, file, ...options], (error, stdout, stderr) =>
      error ? reject(new Lost(`the export does not verify: ${stdout} ${stderr}`)) : resolve(),
    );
  });
}
