// Writes the pages of docs/protocol that follow from tables; with `--check` it only says whether they are fresh.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ERRORS } from '@conclave/protocol/errors';
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

const PAGES = { 'docs/protocol/errors.md': errorReference, 'docs/protocol/events.md': eventReference };

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
