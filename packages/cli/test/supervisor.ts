// `conclave start` with stand-ins for the parts.
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@conclave/runtime/config';
import { start } from '../src/start.ts';
import { UsageError } from '../src/usage-error.ts';

const file = (name: string) => fileURLToPath(new URL(`${name}.ts`, import.meta.url));

try {
  process.exitCode = await start(loadConfig(), { media: file('media'), server: file(process.env['TEST_SERVER'] ?? 'server') });
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 2;
}
