// `npm run check`: what can be judged without running the product. `npm run check -- --fix` formats and regenerates first.
import { cpus } from 'node:os';
import { join } from 'node:path';
import { PINNED_NODE, ROOT } from './paths.mjs';
import { run } from './run.mjs';
import { runScript, setUp } from './setup.mjs';

const tool = (name) => join(ROOT, 'node_modules/.bin', name);
const script = (name, ...args) => [join(ROOT, 'scripts', name), ...args];

/** The dearest first, so that the processors stay busy to the end. `says` shows what the step printed even when it passed. */
const CHECKS = [
  { name: 'lint', command: tool('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  { name: 'dead code', command: tool('knip'), args: ['--no-progress'] },
  { name: 'types', command: tool('tsc'), args: ['-p', 'tsconfig.json'] },
  { name: 'types of the page', command: tool('tsc'), args: ['-p', 'packages/web/tsconfig.json'] },
  { name: 'types of the stories', command: tool('tsc'), args: ['-p', 'e2e/tsconfig.json'] },
  { name: 'format', command: tool('oxfmt'), args: ['--check'] },
  { name: 'import arrows', command: PINNED_NODE, args: script('import-arrows.ts'), says: true },
  { name: 'generated docs', command: PINNED_NODE, args: script('generate-docs.ts', '--check') },
  { name: 'claims', command: PINNED_NODE, args: script('claims.ts'), says: true },
];

await runScript(async () => {
  await setUp({ skip: ['media worker', 'web client', 'PostgreSQL'] });
  if (process.argv.includes('--fix')) await fix();
  const waiting = [...CHECKS];
  let failures = 0;
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      if (!(await runCheck(check))) failures++;
    }
  };
  await Promise.all(cpus().map(worker));
  console.log(failures === 0 ? 'all checks passed' : `${failures} of ${CHECKS.length} checks failed`);
  return failures === 0 ? 0 : 1;
});

async function runCheck({ name, command, args, says }) {
  const startMs = Date.now();
  const { code, output } = await run(command, args, { cwd: ROOT, env: withPinnedNode() });
  const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
  const note = says && code === 0 ? `: ${output.trim()}` : '';
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)${note}`);
  if (code !== 0) console.log(output.replace(/^/gm, '  '));
  return code === 0;
}

async function fix() {
  await run(tool('oxfmt'), [], { cwd: ROOT, env: withPinnedNode() });
  await run(tool('oxlint'), ['--type-aware', '--fix'], { cwd: ROOT, env: withPinnedNode() });
  await run(PINNED_NODE, script('generate-docs.ts'), { cwd: ROOT });
}

/** The tools' launchers say `env node`, which must not be an older Node of the system. */
function withPinnedNode() {
  return { ...process.env, PATH: `${join(ROOT, 'node_modules/node/bin')}:${process.env.PATH}`, NO_COLOR: '1' };
}
