import { randomBytes, randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { TeamId } from '@conclave/protocol/ids';
import type { Secret } from '@conclave/runtime/secret';
import type { Db } from '../db/connection.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import type { Cause } from '../event-log/cause.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { slugFor } from './hosts.ts';
import { insertKey, markRevoked, type DeveloperKey } from './keys.ts';
import { findTeamByName, insertTeam, type Team } from './store.ts';

/** Where a change and its event are stored. */
export interface Recording {
  readonly db: Db;
  readonly eventLog: EventLog;
}

/**
 * Makes a team; the first of all answers on the plain host, others on a label made of their name.
 * @throws AppError `conflict` when there is a team of that name, whatever its case.
 */
export function createTeam({ db, eventLog }: Recording, by: Cause, name: string): Promise<Team> {
  return inTransaction(db, (tx) => addTeam(tx, eventLog, by, name));
}

/** `createTeam` as a part of something larger. */
export async function addTeam(tx: Tx, eventLog: EventLog, by: Cause, name: string): Promise<Team> {
  const id = TeamId.parse(randomUUID());
  const slug = slugFor(name);
  // Another team's name may give the same label; then a few random letters tell them apart.
  for (const candidate of [slug, `${slug}-${randomBytes(2).toString('hex').slice(0, 3)}`]) {
    if (await findTeamByName(tx, name)) break;
    const team = await insertTeam(tx, { id, name, slug: candidate });
    if (team === null) continue;
    const { onPlainHost } = team;
    await eventLog.append(tx, { name: 'team.created', by, team: id, data: { name: team.name, slug: team.slug, onPlainHost } });
    return team;
  }
  throw new AppError('conflict');
}

/** Makes a developer key for the team: it authenticates REST calls and signs room tokens. */
export function createKey({ db, eventLog }: Recording, by: Cause, of: { sealing: Secret; teamId: TeamId }): Promise<DeveloperKey> {
  return inTransaction(db, (tx) => addKey(tx, eventLog, by, of));
}

/** `createKey` as a part of something larger. */
export async function addKey(tx: Tx, eventLog: EventLog, by: Cause, of: { sealing: Secret; teamId: TeamId }): Promise<DeveloperKey> {
  const made = await insertKey(tx, of.sealing, of.teamId);
  await eventLog.append(tx, { name: 'developer_key.created', by, team: of.teamId, target: { kind: 'key', id: made.keyId }, data: {} });
  return made;
}

/**
 * Ends a developer key for good: REST refuses it and the room tokens that it signed admit nobody any more.
 * @throws AppError `not_found` for a key that is unknown or revoked already.
 */
export function revokeKey({ db, eventLog }: Recording, by: Cause, keyId: string): Promise<{ teamId: TeamId }> {
  return inTransaction(db, async (tx) => {
    const teamId = await markRevoked(tx, keyId);
    if (teamId === null) throw new AppError('not_found');
    await eventLog.append(tx, { name: 'developer_key.revoked', by, team: teamId, target: { kind: 'key', id: keyId }, data: {} });
    return { teamId };
  });
}
