import type { Section } from './finding.ts';
import { KNOWN_HOLES, KNOWN_HOLES_AS_OF, type KnownHole } from './known-holes.ts';

type Product = KnownHole['product'];

/** Who brings a newer one. */
const REMEDY: Readonly<Record<Product, string>> = {
  Node: 'update Conclave, which brings its own',
  PostgreSQL: 'update it; the embedded one comes with Conclave, and DATABASE_URL names one of your own',
  coturn: 'update the package, if your distribution has the fix',
  mediasoup: 'update Conclave, which brings it',
};

/** Holds the versions that were found against the holes that are known. @param versions undefined where one could not be found out */
export function checkVersions(versions: Readonly<Record<Product, string | undefined>>, section: Section): void {
  for (const product of Object.keys(versions) as Product[]) {
    // the record has exactly these keys
    const version = versions[product];
    if (version === undefined) continue;
    const holes = holesOf(product, version);
    if (holes.length === 0) section.ok(product, `${version}: no hole is known to this release of Conclave (${KNOWN_HOLES_AS_OF})`);
    for (const { id, what, reach, source, fixed } of holes) {
      const advice = `gone in ${fixed}: ${REMEDY[product]}. ${source}`;
      if (reach === 'direct') section.fail(product, `${version} has ${id}: ${what}`, advice);
      else section.warn(product, `${version} has ${id}: ${what}`, advice);
    }
  }
}

/** Exported for its test. */
export function holesOf(product: Product, version: string): (KnownHole & { fixed: string })[] {
  return KNOWN_HOLES.filter((hole) => hole.product === product).flatMap((hole) => {
    // The last series that does not lie above the version is its own.
    const series = hole.fixedIn.findLast(({ from }) => compareVersions(version, from) >= 0);
    return series && compareVersions(version, series.fixed) < 0 ? [{ ...hole, fixed: series.fixed }] : [];
  });
}

/** By their numbers, from the left; what is behind them, such as `-beta`, does not count. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string) => (/\d+(\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
