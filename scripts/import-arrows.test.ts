import { describe, expect, test } from 'vitest';
import { brokenArrows, importCycles } from './arrow-rules.ts';
import { importsOf } from './read-imports.ts';

const brokenBy = (file: string, source: string): string[] => brokenArrows(importsOf(file, source)).map(({ rule }) => rule.name);

describe('import arrows', () => {
  test.each([
    ['packages/server/src/rooms/actions.ts', "import { a } from '@conclave/media/node';", 'server-imports'],
    ['packages/server/src/rooms/actions.ts', "import type { A } from '../../../media/src/node.ts';", 'server-imports'],
    ['packages/media/src/main.ts', "const server = await import('@conclave/server/main');", 'media-imports'],
    ['packages/web/src/room/Room.tsx', "export { log } from '@conclave/runtime/log';", 'web-imports'],
    ['packages/protocol/src/ids.ts', "import { randomBytes } from 'node:crypto';", 'protocol-knows-zod-only'],
    ['packages/server/src/db/open.ts', "import { a } from '../rooms/store.ts';", 'server-db-is-below'],
    ['packages/server/src/rooms/rules.ts', "import { a } from './store.ts';", 'rules-are-pure'],
    ['packages/web/src/session/call.ts', "import { useState } from 'react';", 'session-is-headless'],
  ])('%s may not say %s', (file, source, rule) => {
    expect(brokenBy(file, source)).toContain(rule);
  });

  test.each([
    ['packages/server/src/rooms/actions.ts', "import { a } from '@conclave/runtime/log'; import { b } from '../db/open.ts';"],
    ['packages/server/src/rooms/rules.ts', "import type { Row } from './store.ts'; import { b } from '@conclave/protocol/ids';"],
    ['packages/web/src/room/Room.tsx', "import { useState } from 'react'; import { a } from '@conclave/protocol/ids';"],
    ['packages/protocol/src/ids.ts', "import { z } from 'zod';"],
  ])('%s may say %s', (file, source) => {
    expect(brokenBy(file, source)).toEqual([]);
  });
});

describe('import cycles', () => {
  const cyclesOf = (files: Record<string, string>): string[][] =>
    importCycles(Object.entries(files).flatMap(([file, source]) => importsOf(file, source)));

  test('a circle of imports is found once, with its way', () => {
    const files = { 'a.ts': "import { b } from './b.ts';", 'b.ts': "import { c } from './c.ts';", 'c.ts': "export { a } from './a.ts';" };
    expect(cyclesOf(files)).toEqual([['a.ts', 'b.ts', 'c.ts']]);
  });

  test('an import of types alone closes no circle, since Node never sees it', () => {
    expect(cyclesOf({ 'a.ts': "import type { B } from './b.ts';", 'b.ts': "import { a } from './a.ts';" })).toEqual([]);
  });

  test('an import with types among its names closes a circle, since Node keeps it', () => {
    expect(cyclesOf({ 'a.ts': "import { type B } from './b.ts';", 'b.ts': "import { a } from './a.ts';" })).toHaveLength(1);
  });
});
