import { parseArgs } from 'node:util';
import { AppError } from '@conclave/protocol/errors';
import { TeamId } from '@conclave/protocol/ids';
import { TeamName } from '@conclave/protocol/rest/setup';
import { loadConfig, publicOrigin } from '@conclave/runtime/config';
import { createLog } from '@conclave/runtime/log';
import { createTeam } from '../access/actions.ts';
import { hostOf } from '../access/hosts.ts';
import { createKey } from '../access/keys.ts';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import { findTeam, findTeamByName, listTeams, type Team } from '../access/store.ts';
import { connectDatabase, type Db } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';

const USAGE = 'team create --name NAME | team list | key create --team NAME';

/** A fault of whoever typed the command; its message is for them. */
class Refusal extends Error {}

interface AdminContext {
  db: Db;
  origin: string;
  dataDir: string;
}

const COMMANDS: Record<string, (ctx: AdminContext, options: { name?: string | undefined; team?: string | undefined }) => Promise<unknown>> =
  {
    'team create': async ({ db, origin }, { name }) => {
      const parsed = TeamName.safeParse(name);
      if (!parsed.success) throw new Refusal('--name wants a name of 1 to 100 characters');
      const team = await createTeam(db, parsed.data).catch((error: unknown) => {
        throw error instanceof AppError && error.code === 'conflict'
          ? new Refusal(`there is a team named "${parsed.data}" already`)
          : error;
      });
      return present(team, origin);
    },
    'team list': async ({ db, origin }) => (await listTeams(db)).map((team) => present(team, origin)),
    'key create': async ({ db, dataDir }, { team: reference }) => {
      if (reference === undefined) throw new Refusal('--team wants the name or id of a team');
      const id = TeamId.safeParse(reference.toLowerCase());
      const team = (id.success ? await findTeam(db, id.data) : null) ?? (await findTeamByName(db, reference.trim()));
      if (team === null) throw new Refusal(`there is no team named "${reference}"`);
      const { sealing } = await loadMasterKeys(dataDir);
      return { team_id: team.id, developer_key: await createKey(db, sealing, team.id) };
    },
  };

function present(team: Team, origin: string) {
  return { team_id: team.id, name: team.name, host: hostOf(team, origin) };
}

/** Runs one command against the database of the configuration and prints its result as one line of JSON. */
async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { name: { type: 'string' }, team: { type: 'string' }, json: { type: 'boolean' } },
  });
  const command = COMMANDS[positionals.join(' ')];
  if (command === undefined) throw new Refusal(`usage: ${USAGE}`);
  const config = loadConfig();
  if (config.databaseUrl === undefined) throw new Refusal('DATABASE_URL is not set; call this through `npx conclave`');
  // Only faults: standard output belongs to the result.
  const log = createLog({ logLevel: 'silent' }, 'admin');
  const db = connectDatabase({ url: config.databaseUrl.reveal(), log, maxConnections: 2 });
  try {
    await migrate(db, log);
    process.stdout.write(`${JSON.stringify(await command({ db, origin: publicOrigin(config), dataDir: config.dataDir }, values))}\n`);
  } finally {
    await db.destroy();
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  const isOurs = error instanceof Refusal || (error instanceof Error && (error.name === 'ConfigError' || error instanceof TypeError));
  const text =
    error instanceof AppError
      ? `the database does not answer (${error.code})`
      : isOurs
        ? error.message
        : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
