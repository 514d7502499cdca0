// Writes docs/protocol/errors.md from the error table; with `--check` it only says whether the file is fresh.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ERRORS } from '@conclave/protocol/errors';
import { ROOT } from './paths.mjs';

const TARGET = join(ROOT, 'docs/protocol/errors.md');

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

const wanted = errorReference();
if (process.argv.includes('--check')) {
  const isFresh = existsSync(TARGET) && readFileSync(TARGET, 'utf8') === wanted;
  if (!isFresh) console.error('docs/protocol/errors.md is stale: run `npm run check -- --fix`');
  process.exitCode = isFresh ? 0 : 1;
} else {
  mkdirSync(dirname(TARGET), { recursive: true });
  writeFileSync(TARGET, wanted);
}
