// `npm run bench -- NAME [arguments]`: runs bench/NAME.ts under the pinned Node; without a name bench/all.ts.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './launch.mjs';
import { ROOT } from './paths.mjs';
import { SetUpError } from './report.mjs';
import { runScript, setUp } from './setup.mjs';

await runScript(async () => {
  const [name = 'all', ...rest] = process.argv.slice(2);
  const names = readdirSync(join(ROOT, 'bench'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3));
  if (!existsSync(join(ROOT, 'bench', `${name}.ts`)))
    throw new SetUpError(`npm run bench -- NAME, where NAME is one of: ${names.join(', ')}`);
  const { workerBin } = await setUp();
  return launch([`bench/${name}.ts`, ...rest], { workerBin });
});
