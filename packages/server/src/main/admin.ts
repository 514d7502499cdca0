import { parseArgs } from 'node:util';
import { AppError, type ErrorCode } from '@conclave/protocol/errors';
import { TeamId } from '@conclave/protocol/ids';
import { TeamName } from '@conclave/protocol/rest/setup';
import { systemClock } from '@conclave/runtime/clock';
import { loadConfig, publicOrigin } from '@conclave/runtime/config';
import { createLog } from '@conclave/runtime/log';
import { createKey, createTeam, revokeKey, type Recording } from '../access/actions.ts';
import { hostOf } from '../access/hosts.ts';
import { listKeys } from '../access/keys.ts';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import { findTeam, findTeamByName, listTeams, type Team } from '../access/store.ts';
import { connectDatabase, type Db } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { operatorCause } from '../event-log/cause.ts';
import { createEventLog } from '../event-log/event-log.ts';
import { createPersonKeys } from '../event-log/person-keys.ts';

const USAGE = 'team create --name NAME | team list | key create --team NAME | key list [--team NAME] | key revoke --key ID';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A fault of whoever typed the command; its message is for them. */
class Refusal extends Error {}

interface AdminContext extends Recording {
  origin: string;
  dataDir: string;
}

interface Options {
  name?: string | undefined;
  team?: string | undefined;
  key?: string | undefined;
}

const COMMANDS: Record<string, (ctx: AdminContext, options: Options) => Promise<unknown>> = {
  'team create': async (ctx, { name }) => {
    const parsed = TeamName.safeParse(name);
    if (!parsed.success) throw new Refusal('--name wants a name of 1 to 100 characters');
    const team = await createTeam(ctx, operatorCause(), parsed.data).catch((error: unknown) => {
      throw isRefused(error, 'conflict') ? new Refusal(`there is a team named "${parsed.data}" already`) : error;
    });
    return present(team, ctx.origin);
  },
  'team list': async ({ db, origin }) => (await listTeams(db)).map((team) => present(team, origin)),
  'key create': async (ctx, { team: reference }) => {
    if (reference === undefined) throw new Refusal('--team wants the name or id of a team');
    const team = await findTeamNamed(ctx.db, reference);
    const { sealing } = await loadMasterKeys(ctx.dataDir);
    const { key } = await createKey(ctx, operatorCause(), { sealing, teamId: team.id });
    return { team_id: team.id, developer_key: key };
  },
  'key list': async ({ db }, { team: reference }) => {
    const keys = await listKeys(db, reference === undefined ? undefined : (await findTeamNamed(db, reference)).id);
    return keys.map((key) => ({ key_id: key.keyId, team_id: key.teamId, created_at: key.createdAt, revoked_at: key.revokedAt }));
  },
  'key revoke': async (ctx, { key }) => {
    if (key === undefined || !UUID.test(key)) throw new Refusal('--key wants the id of a key; `key list` shows them');
    const { teamId } = await revokeKey(ctx, operatorCause(), key.toLowerCase()).catch((error: unknown) => {
      throw isRefused(error, 'not_found') ? new Refusal(`there is no key ${key} that is good`) : error;
    });
    return { key_id: key.toLowerCase(), team_id: teamId };
  },
};

function isRefused(error: unknown, code: ErrorCode): boolean {
  return error instanceof AppError && error.code === code;
}

async function findTeamNamed(db: Db, reference: string): Promise<Team> {
  const id = TeamId.safeParse(reference.toLowerCase());
  const team = (id.success ? await findTeam(db, id.data) : null) ?? (await findTeamByName(db, reference.trim()));
  if (team === null) throw new Refusal(`there is no team named "${reference}"`);
  return team;
}

/** Events get their place in the log by the server, or when it runs next. */
async function recordingOn(db: Db, dataDir: string): Promise<Recording> {
  const { persons } = await loadMasterKeys(dataDir);
  return { db, eventLog: createEventLog({ clock: systemClock, personKeys: createPersonKeys(persons), onAppended: () => undefined }) };
}

function present(team: Team, origin: string) {
  return { team_id: team.id, name: team.name, host: hostOf(team, origin) };
}

/** Runs one command against the database of the configuration and prints its result as one line of JSON. */
async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { name: { type: 'string' }, team: { type: 'string' }, key: { type: 'string' }, json: { type: 'boolean' } },
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
    const { dataDir } = config;
    const result = await command({ ...(await recordingOn(db, dataDir)), origin: publicOrigin(config), dataDir }, values);
    process.stdout.write(`${JSON.stringify(result)}\n`);
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
