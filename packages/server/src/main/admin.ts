import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { AppError } from '@conclave/protocol/errors';
import { systemClock } from '@conclave/runtime/clock';
import { loadConfig, publicOrigin, type Config } from '@conclave/runtime/config';
import { createLog } from '@conclave/runtime/log';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import { connectDatabase, type Db } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { createEventLog } from '../event-log/event-log.ts';
import { createPersonKeys } from '../event-log/person-keys.ts';
import { LogInconsistent } from '../event-log/tree.ts';
import { Refusal, type AdminContext, type Command } from './admin-context.ts';
import { LOG_COMMANDS } from './log-commands.ts';
import { TEAM_COMMANDS } from './team-commands.ts';

const USAGE = [
  'team create --name NAME | team list | key create --team NAME | key list [--team NAME] | key revoke --key ID',
  'log export [--readable] [--from SEQ] | log prove --seq N | log consistency --old N --new M | log key | log checkpoint',
  'log erase --person PERSON',
].join(' | ');
const COMMANDS: Record<string, Command> = { ...TEAM_COMMANDS, ...LOG_COMMANDS };
const word = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const OPTIONS = {
  name: word,
  team: word,
  key: word,
  person: word,
  seq: word,
  old: word,
  new: word,
  from: word,
  readable: flag,
  json: flag,
};

/** Events get their place in the log by the server, or when it runs next. */
async function contextOn(db: Db, config: Config): Promise<AdminContext> {
  const { persons } = await loadMasterKeys(config.dataDir);
  const personKeys = createPersonKeys(persons);
  const eventLog = createEventLog({ clock: systemClock, personKeys, onAppended: () => undefined });
  return { db, eventLog, personKeys, config, origin: publicOrigin(config), warn: (line) => void process.stderr.write(`${line}\n`) };
}

/** Runs one command against the database of the configuration and prints its result. */
async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  const command = COMMANDS[positionals.join(' ')];
  if (command === undefined) throw new Refusal(`usage: ${USAGE}`);
  const config = loadConfig();
  if (config.databaseUrl === undefined) throw new Refusal('DATABASE_URL is not set; call this through `npx conclave`');
  // Only faults: standard output belongs to the result.
  const log = createLog({ logLevel: 'silent' }, 'admin');
  const db = connectDatabase({ url: config.databaseUrl.reveal(), log, maxConnections: 2 });
  try {
    await migrate(db, log);
    await print(await command(await contextOn(db, config), values));
  } finally {
    await db.destroy();
  }
}

async function print(result: Awaited<ReturnType<Command>>): Promise<void> {
  if (typeof result === 'object' && !(Symbol.asyncIterator in result)) process.stdout.write(`${JSON.stringify(result)}\n`);
  else if (typeof result === 'string') process.stdout.write(result);
  else await pipeline(Readable.from(result), process.stdout, { end: false }).catch(rethrowUnlessClosed);
}

/** Whoever reads may stop in the middle, as `head` does. */
function rethrowUnlessClosed(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  const isOurs =
    error instanceof Refusal ||
    error instanceof LogInconsistent ||
    (error instanceof Error && (error.name === 'ConfigError' || error instanceof TypeError));
  const text =
    error instanceof AppError
      ? `the database does not answer (${error.code})`
      : isOurs
        ? error.message
        : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
