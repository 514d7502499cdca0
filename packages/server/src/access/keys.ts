import { randomBytes, randomUUID } from 'node:crypto';
import type { TeamId } from '@conclave/protocol/ids';
import type { Secret } from '@conclave/runtime/secret';
import type { Db } from '../db/connection.ts';
import { digestOf, seal, unseal } from '@conclave/runtime/sealing';

/** Bound to its row, so that a sealed key copied to another team's row does not open. */
const contextOf = (id: string, teamId: TeamId) => `developer key ${id} of team ${teamId}`;

/** Makes a developer key of 256 random bits for the team and returns it; it authenticates REST calls and signs room tokens. */
export async function createKey(db: Db, sealing: Secret, teamId: TeamId): Promise<string> {
  const key = randomBytes(32).toString('base64url');
  const id = randomUUID();
  const sealed = seal(sealing, key, contextOf(id, teamId));
  await db
    .insertInto('developer_keys')
    .values({ id, team_id: teamId, digest: digestOf(key), sealed })
    .execute();
  return key;
}

/** Whose key this is, or null for a key that is unknown or revoked. */
export async function findKeyOwner(db: Db, key: string): Promise<{ keyId: string; teamId: TeamId } | null> {
  const row = await db
    .selectFrom('developer_keys')
    .select(['id', 'team_id'])
    .where('digest', '=', digestOf(key))
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return row ? { keyId: row.id, teamId: row.team_id } : null;
}

/** The keys that may have signed a room token of the team, newest first. */
export async function signingKeys(db: Db, sealing: Secret, teamId: TeamId): Promise<string[]> {
  const rows = await db
    .selectFrom('developer_keys')
    .select(['id', 'sealed'])
    .where('team_id', '=', teamId)
    .where('revoked_at', 'is', null)
    .orderBy('created_at', 'desc')
    .execute();
  return rows.map((row) => unseal(sealing, row.sealed, contextOf(row.id, teamId)));
}
