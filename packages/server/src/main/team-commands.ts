import { AppError, type ErrorCode } from '@conclave/protocol/errors';
import { TeamId } from '@conclave/protocol/ids';
import { TeamName } from '@conclave/protocol/rest/setup';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import { createKey, createTeam, revokeKey } from '../access/actions.ts';
import { hostOf } from '../access/hosts.ts';
import { listKeys } from '../access/keys.ts';
import { findTeam, findTeamByName, listTeams, type Team } from '../access/store.ts';
import type { Db } from '../db/connection.ts';
import { operatorCause } from '../event-log/cause.ts';
import { Refusal, type Command } from './admin-context.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Teams and their keys from a shell, also before anybody has set up. */
export const TEAM_COMMANDS: Record<string, Command> = {
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
    const { sealing } = await loadMasterKeys(ctx.config.dataDir);
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

function present(team: Team, origin: string) {
  return { team_id: team.id, name: team.name, host: hostOf(team, origin) };
}
