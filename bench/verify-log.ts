/**
 * How long `conclave log verify` takes on a clean log. The log is made here, by other means than the server's.
 * `npm run bench -- verify-log [--entries 1000000] [--every 1000]`; `--every`: entries a checkpoint.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkpointLine, createSampleLog } from '@conclave/testkit/sample-log';

const VERIFIER = fileURLToPath(new URL('../packages/cli/src/verify-log.ts', import.meta.url));
/** The most resident memory of a process, once a line; Linux only. */
const MEASURED = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))`;

async function writeLog(file: string, entries: number, every: number): Promise<string> {
  const log = createSampleLog();
  const out = createWriteStream(file, { highWaterMark: 1024 * 1024 });
  const put = async (line: string) => {
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  };
  await put(log.header(entries));
  for (let seq = 0; seq < entries; seq += 1) {
    await put(log.entry());
    if (log.size() % every === 0 || log.size() === entries) await put(checkpointLine(log.checkpoint()));
  }
  out.end();
  await finished(out);
  return log.verifierKey;
}

async function verify(file: string, key: string): Promise<{ seconds: number; peakMiB: number; output: string }> {
  const startMs = performance.now();
  const preload = `data:text/javascript,${encodeURIComponent(MEASURED)}`;
  const child = spawn(process.execPath, ['--import', preload, VERIFIER, file, '--key', key], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(child, 'close')) as [number | null]; // ChildProcess' own signature
  if (code !== 0) throw new Error(`the verifier ended with ${code}: ${errors}`);
  return { seconds: (performance.now() - startMs) / 1000, peakMiB: Number(/peak (\d+)/.exec(errors)?.[1]) / 1024, output };
}

const { values } = parseArgs({ options: { entries: { type: 'string', default: '1000000' }, every: { type: 'string', default: '1000' } } });
const [entries, every] = [Number(values.entries), Number(values.every)];
const directory = await mkdtemp(join(tmpdir(), 'conclave-verify-log-'));
try {
  const file = join(directory, 'log.jsonl');
  const key = await writeLog(file, entries, every);
  const { size: bytes } = await stat(file);
  const { seconds, peakMiB, output } = await verify(file, key);
  console.log(output);
  console.log(
    `${entries} entries, ${(bytes / 1e6).toFixed(0)} MB, a checkpoint every ${every}: verified in ${seconds.toFixed(1)} s, ${peakMiB.toFixed(0)} MiB of memory`,
  );
  await mkdir(new URL('results/', import.meta.url), { recursive: true });
  const result = { entries, every, bytes, seconds: Number(seconds.toFixed(2)), peakMiB: Math.round(peakMiB) };
  await writeFile(new URL('results/verify-log.json', import.meta.url), `${JSON.stringify(result, undefined, 2)}\n`);
} finally {
  await rm(directory, { recursive: true });
}
