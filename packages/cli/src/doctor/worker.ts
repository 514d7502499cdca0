import { fileURLToPath } from 'node:url';
import { runCommand } from '../command.ts';
import type { Section } from './finding.ts';

const PROGRAM = fileURLToPath(new URL('../../../media/src/main/check-worker.ts', import.meta.url));

/** Whether the media worker runs and speaks with our mediasoup; resolves with that version. */
export async function checkWorker(section: Section): Promise<string | undefined> {
  const { code, output } = await runCommand(process.execPath, [PROGRAM]);
  const version = /\{"version":"([\w.-]+)"\}/.exec(output)?.[1];
  if (code === 0 && version !== undefined) {
    section.ok('media worker', `runs, and speaks mediasoup ${version}`);
    return version;
  }
  const reason = output.split('\n').findLast((line) => line.trim() !== '') ?? `exit code ${code}`;
  section.fail(
    'media worker',
    `does not run: ${reason.slice(0, 200)}`,
    'npm start finds or builds one; see MEDIASOUP_WORKER_BIN and docs/operations/media-worker.md',
  );
  return undefined;
}
