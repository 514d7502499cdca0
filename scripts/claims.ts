// Lists the claims of docs/white-paper.md and the tests that carry their ids. Only reports; it fails nothing.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

const WHITE_PAPER = join(ROOT, 'docs/white-paper.md');
const CLAIM = /^\*\*\[([A-Z]\d+)\]/gm;
const TESTS = ['packages/*/{src,test}/**/*.test.{ts,tsx}', 'e2e/**/*.spec.ts'];

const claimed = existsSync(WHITE_PAPER) ? [...readFileSync(WHITE_PAPER, 'utf8').matchAll(CLAIM)].map(([, id = '']) => id) : [];
const tests = globSync(TESTS, { cwd: ROOT, exclude: (name) => name === 'node_modules' }).map((file) => ({
  file,
  text: readFileSync(join(ROOT, file), 'utf8'),
}));

const bare = claimed.filter((id) => !tests.some(({ text }) => text.includes(`[${id}]`)));
if (process.argv.includes('--list')) {
  for (const id of claimed) {
    const files = tests.filter(({ text }) => text.includes(`[${id}]`)).map(({ file }) => file);
    console.log(`${id}: ${files.join(', ') || 'no test'}`);
  }
}
console.log(
  `${claimed.length} claimed, ${claimed.length - bare.length} with a test${bare.length > 0 ? `, without: ${bare.join(' ')}` : ''}`,
);
