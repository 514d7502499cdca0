// The import arrows of docs/design: who may know whom. Paths are relative to the root of the repository;
// packages from npm are `npm:<name>`, Node's own modules `node:<name>`.

/** One import statement (or `import()`), resolved. `isType` when it is erased before Node sees it. */
export interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

interface ArrowRule {
  readonly name: string;
  readonly because: string;
  readonly from: RegExp;
  readonly fromNot?: RegExp;
  readonly to: RegExp;
  readonly toNot?: RegExp;
  /** Set where knowing the types of a thing is no harm. */
  readonly typesAllowed?: boolean;
}

const TEST_FILE = /\.test\.tsx?$|\/test\//;

function packageArrow(from: string, allowed: readonly string[]): ArrowRule {
  return {
    name: `${from}-imports`,
    because: `${from} may import ${allowed.length === 0 ? 'no other package of ours' : `only ${allowed.join(', ')}`}`,
    from: new RegExp(`^packages/${from}/src/`),
    fromNot: TEST_FILE,
    to: /^packages\//,
    toNot: new RegExp(`^packages/(${[from, ...allowed].join('|')})/`),
  };
}

/** From the lowest to the highest; a folder that is not named here is a concept beside `rooms`. */
const SERVER_LAYERS = ['db', 'event-log', 'access', 'placement|turn', 'rooms', 'lobby|moderation|chat', 'web|ws', 'main'];

const serverArrows: readonly ArrowRule[] = SERVER_LAYERS.slice(0, -1).map((layer, index) => ({
  name: `server-${layer.replaceAll('|', '-')}-is-below`,
  because: `in the server, ${layer} lies below what it imports here`,
  from: new RegExp(`^packages/server/src/(${layer})/`),
  fromNot: TEST_FILE,
  to: new RegExp(`^packages/server/src/(${SERVER_LAYERS.slice(index + 1).join('|')})/`),
}));

export const ARROW_RULES: readonly ArrowRule[] = [
  packageArrow('protocol', []),
  packageArrow('runtime', ['protocol']),
  packageArrow('server', ['protocol', 'runtime']),
  packageArrow('media', ['protocol', 'runtime']),
  packageArrow('web', ['protocol']),
  packageArrow('cli', ['protocol', 'runtime', 'server', 'media']),
  {
    name: 'protocol-knows-zod-only',
    because: 'the wire contract runs in browsers and servers alike',
    from: /^packages\/protocol\/src\//,
    fromNot: TEST_FILE,
    to: /^(npm|node):/,
    toNot: /^npm:zod$/,
  },
  ...serverArrows,
  {
    name: 'rules-are-pure',
    because: 'rules.ts decides on plain data: it may import protocol, its own types and other rules',
    from: /^packages\/server\/src\/.*\/rules\.ts$/,
    to: /^(npm|node):|^packages\/runtime\/|\/(store|actions|routes|messages|jobs)\.ts$/,
    typesAllowed: true,
  },
  {
    name: 'session-is-headless',
    because: 'packages/web/src/session runs without a page',
    from: /^packages\/web\/src\/session\//,
    fromNot: TEST_FILE,
    to: /^npm:(react|react-dom|radix-ui|lucide-react|react-i18next)$|^packages\/web\/src\/(?!session\/)/,
  },
];

/** The rules that `imports` break, with the import that breaks each. */
export function brokenArrows(imports: readonly Import[]): { rule: ArrowRule; broken: Import }[] {
  return imports.flatMap((broken) => ARROW_RULES.filter((rule) => breaks(broken, rule)).map((rule) => ({ rule, broken })));
}

function breaks({ from, to, isType }: Import, rule: ArrowRule): boolean {
  if (!rule.from.test(from) || !rule.to.test(to)) return false;
  if (rule.fromNot?.test(from) === true || rule.toNot?.test(to) === true) return false;
  return !(isType && rule.typesAllowed === true);
}

/** Import cycles that exist at run time, each as its list of files; of a knot of files at least one is found. */
export function importCycles(imports: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to, isType } of imports) {
    if (!isType && /^[a-z]/.test(to) && !to.includes(':')) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      cycles.push(path.slice(path.indexOf(file)));
      return;
    }
    if (finished.has(file)) return;
    for (const to of next.get(file) ?? []) visit(to, [...path, file]);
    finished.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return cycles;
}
