// Writes the pages of docs/protocol that follow from tables; with `--check` it only says whether they are fresh.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ERRORS } from '@conclave/protocol/errors';
import { CHECK_ROW_NAMES, CHECK_ROWS, letterOf, type CheckResult } from '@conclave/protocol/support-code';
import { eventReference } from './event-reference.ts';
import { ROOT } from './paths.mjs';

function errorReference(): string {
  const rows = Object.entries(ERRORS)
    .toSorted(([codeA, a], [codeB, b]) => a.http - b.http || (codeA < codeB ? -1 : 1))
    .map(
      ([code, { http, ws, log, meaning }]) =>
        `| \`${code}\` | ${http} | ${ws === 'reply' ? 'reply' : `close ${ws}`} | ${log} | ${meaning} |`,
    );
  return `# Error codes

Generated from \`packages/protocol/src/errors.ts\` by \`node scripts/generate-docs.ts\`; do not edit.

REST answers with \`application/problem+json\` (RFC 9457), \`code\` and \`requestId\`. A WebSocket request is answered with
\`{id, ok: false, code, details?, retryAfterMs?}\`, or the connection is closed with the number given. Switch on \`code\`, never on texts.

| code | HTTP | WebSocket | log level | meaning |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

/** The first letter of the code is its version. */
const FIRST_ROW_PLACE = 2;

function supportCodeReference(): string {
  const rows = CHECK_ROW_NAMES.map((row, index) => {
    const results = Object.entries(CHECK_ROWS[row]).map(
      ([result, level]) =>
        `${letterOf(row, result as CheckResult)} \`${result}\`${level === 'warn' || level === 'fail' ? ` (${level})` : ''}`, // a key of that row
    );
    return `| ${index + FIRST_ROW_PLACE} | \`${row}\` | ${results.join(', ')} |`;
  });
  const last = CHECK_ROW_NAMES.length + FIRST_ROW_PLACE;
  return `# Support code of the connection check

Generated from \`packages/protocol/src/support-code.ts\` by \`node scripts/generate-docs.ts\`; do not edit.

${last} letters of Crockford's Base32 in groups of five. Case, blanks and dashes do not matter; O is 0, I and L are 1. Place 1 is the version, 1. Place ${last} is
the check letter: the sum of each letter's value times its place, modulo 31. A code with one wrong letter, or two that changed places, is refused.

| place | row | letters |
| --- | --- | --- |
${rows.join('\n')}

\`warn\`: a meeting works, with limits. \`fail\`: none works; so it is, too, when \`udp\` or \`tcp\` is blocked and none of \`udp\`, \`tcp\`, \`turn\` is \`ok\`.
`;
}

const PAGES = {
  'docs/protocol/errors.md': errorReference,
  'docs/protocol/events.md': eventReference,
  'docs/protocol/support-code.md': supportCodeReference,
};

for (const [page, write] of Object.entries(PAGES)) {
  const [file, wanted] = [join(ROOT, page), write()];
  if (process.argv.includes('--check')) {
    const isFresh = existsSync(file) && readFileSync(file, 'utf8') === wanted;
    if (isFresh) continue;
    console.error(`${page} is stale: run \`npm run check -- --fix\``);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, wanted);
  }
}
