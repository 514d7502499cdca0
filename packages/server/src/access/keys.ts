import { randomBytes, randomUUID } from 'node:crypto';
import type { TeamId } from '@conclave/protocol/ids';
import type { Secret } from '@conclave/runtime/secret';
import type { Db } from '../db/connection.ts';
import { digestOf, seal, unseal } from '@conclave/runtime/sealing';

/** Bound to its row, so that a sealed key copied to another team's row does not open. */
const contextOf = (id: string, teamId: TeamId) => `developer key ${id} of team ${teamId}`;

export interface DeveloperKey {
  readonly keyId: string;
  /** The secret itself. */
  readonly key: string;
}

/** Stores a new key of 256 random bits. */
export async function insertKey(db: Db, sealing: Secret, teamId: TeamId): Promise<DeveloperKey> {
  const key = randomBytes(32).toString('base64url');
  const keyId = randomUUID();
  const sealed = seal(sealing, key, contextOf(keyId, teamId));
  await db
    .insertInto('developer_keys')
    .values({ id: keyId, team_id: teamId, digest: digestOf(key), sealed })
    .execute();
  return { keyId, key };
}

/** Whose key this is or was, or null for a key that never was one. */
export async function findKeyOwner(db: Db, key: string): Promise<{ keyId: string; teamId: TeamId; isRevoked: boolean } | null> {
  const row = await db
    .selectFrom('developer_keys')
    .select(['id', 'team_id', 'revoked_at'])
    .where('digest', '=', digestOf(key))
    .executeTakeFirst();
  return row ? { keyId: row.id, teamId: row.team_id, isRevoked: row.revoked_at !== null } : null;
}

/** Revokes a key and says whose it was; null when there is none, or none that is good. */
export async function markRevoked(db: Db, keyId: string): Promise<TeamId | null> {
  const row = await db
    .updateTable('developer_keys')
    .set({ revoked_at: new Date() })
    .where('id', '=', keyId)
    .where('revoked_at', 'is', null)
    .returning('team_id')
    .executeTakeFirst();
  return row?.team_id ?? null;
}

/** Every key there is or was, of one team if told, oldest first; never the secrets. */
export async function listKeys(
  db: Db,
  teamId?: TeamId,
): Promise<{ keyId: string; teamId: TeamId; createdAt: Date; revokedAt: Date | null }[]> {
  const keys = db.selectFrom('developer_keys').select(['id', 'team_id', 'created_at', 'revoked_at']).orderBy('created_at').orderBy('id');
  const rows = await (teamId === undefined ? keys : keys.where('team_id', '=', teamId)).execute();
  return rows.map((row) => ({ keyId: row.id, teamId: row.team_id, createdAt: row.created_at, revokedAt: row.revoked_at }));
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

/** The team's newest revoked keys, against which a token that fits no other is held. */
export async function revokedKeys(db: Db, sealing: Secret, teamId: TeamId): Promise<DeveloperKey[]> {
  const rows = await db
    .selectFrom('developer_keys')
    .select(['id', 'sealed'])
    .where('team_id', '=', teamId)
    .where('revoked_at', 'is not', null)
    .orderBy('revoked_at', 'desc')
    .limit(20)
    .execute();
  return rows.map((row) => ({ keyId: row.id, key: unseal(sealing, row.sealed, contextOf(row.id, teamId)) }));
}
