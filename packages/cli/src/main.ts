import { parseArgs } from 'node:util';
import { ConfigError } from '@conclave/runtime/config';
import { COMMANDS, OPTIONS, type Options } from './commands.ts';
import { ArgumentError, UsageError } from './usage-error.ts';

const USAGE = `conclave COMMAND

${Object.entries(COMMANDS)
  .map(([name, { usage, help }]) => `  ${`${name} ${usage}`.trimEnd()}\n      ${help}`)
  .join('\n')}

Settings come from CONCLAVE_* variables and conclave.toml.`;

async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args);
  const { help, ...options } = values;
  if (help || positionals.length === 0 || positionals[0] === 'help') {
    process.stdout.write(`${USAGE}\n`);
    return help || positionals.length > 0 ? 0 : 2;
  }
  const { name, operands } = splitCommand(positionals);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(`There is no command "${positionals.join(' ')}".\n\n${USAGE}`);
  const unknown = (Object.keys(options) as (keyof Options)[]).find((option) => !command.takes.includes(option)); // as declared in OPTIONS
  const [min, max] = command.operands;
  try {
    if (unknown !== undefined) throw new ArgumentError(`${name} takes no --${unknown}.`);
    if (operands.length < min || operands.length > max) throw new ArgumentError(`${name} is not called like this.`);
    return await command.run(options, operands);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new UsageError(`${error.message}\n\n${`conclave ${name} ${command.usage}`.trimEnd()}`, { cause: error });
  }
}

/** Commands have one word or two; what comes behind are operands. */
function splitCommand(positionals: readonly string[]): { name: string; operands: readonly string[] } {
  const words = Object.hasOwn(COMMANDS, positionals[0] ?? '') ? 1 : 2;
  return { name: positionals.slice(0, words).join(' '), operands: positionals.slice(words) };
}

function readArguments(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const expected = error instanceof UsageError || error instanceof ConfigError;
  console.error(expected ? error.message : error);
  process.exitCode = expected ? 2 : 1;
}
