// `npm run check` runs this: fails when an import goes against the arrows of the design, or in a circle.
import { ARROW_RULES, brokenArrows, importCycles } from './arrow-rules.ts';
import { ROOT } from './paths.mjs';
import { readImports } from './read-imports.ts';

const imports = readImports(ROOT);
const broken = brokenArrows(imports);
const cycles = importCycles(imports);
for (const { rule, broken: item } of broken) console.error(`${item.from} → ${item.to}\n  ${rule.name}: ${rule.because}`);
for (const cycle of cycles) console.error(`cycle: ${[...cycle, cycle[0]].join(' → ')}`);
console.log(`${imports.length} imports, ${ARROW_RULES.length} rules, ${broken.length} broken, ${cycles.length} cycles`);
process.exitCode = broken.length + cycles.length > 0 ? 1 : 0;
