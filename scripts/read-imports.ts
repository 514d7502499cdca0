// Reads which file imports what, types included, from the syntax tree.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseSync } from 'oxc-parser';
import type { Import } from './arrow-rules.ts';

const SOURCES = ['packages/*/{src,test,bin,worker}/**/*.{ts,tsx,mjs}', 'e2e/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.{ts,mjs}'];

/** All imports of the sources below `root`; throws for a file that cannot be parsed. */
export function readImports(root: string): Import[] {
  const files = globSync(SOURCES, { cwd: root, exclude: (name) => /node_modules|dist/.test(name) });
  return files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));
}

/** The imports of one file with the text `source`; exported names of other files count as imports. */
export function importsOf(file: string, source: string): Import[] {
  const { module, errors } = parseSync(file, source);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  const found = (specifier: string, isType: boolean): Import => ({ from: file, to: resolve(file, specifier), isType });
  return [
    // `import { type A }` is no type import: Node keeps the statement, with an empty list.
    ...module.staticImports.map((item) => found(item.moduleRequest.value, /^import\s+type\b/.test(source.slice(item.start, item.end)))),
    ...module.staticExports.flatMap((item) =>
      item.entries
        .filter((entry) => entry.moduleRequest !== null)
        .map((entry) => found(entry.moduleRequest?.value ?? '', /^export\s+type\b/.test(source.slice(item.start, item.end)))),
    ),
    ...module.dynamicImports.flatMap((item) => {
      const literal = /^['"](.+)['"]$/.exec(source.slice(item.moduleRequest.start, item.moduleRequest.end));
      return literal?.[1] === undefined ? [] : [found(literal[1], false)];
    }),
  ];
}

function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier)).replaceAll('\\', '/');
  const ours = /^@conclave\/([^/]+)\/(.+)$/.exec(specifier);
  if (ours !== null) return `packages/${ours[1]}/src/${ours[2]}.ts`;
  return `npm:${specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')}`;
}
