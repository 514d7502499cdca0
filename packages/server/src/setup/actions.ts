import { randomBytes } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import type { TeamId } from '@conclave/protocol/ids';
import type { SetupRequest } from '@conclave/protocol/rest/setup';
import type { z } from 'zod';
import { addTeam, type Recording } from '../access/actions.ts';
import { newMemberCause } from '../access/cause.ts';
import { hashPassword } from '../access/passwords.ts';
import { digestOf } from '@conclave/runtime/sealing';
import { findTeamByName, hasOwner, insertAccount, insertMember, listTeams, updateTeam } from '../access/store.ts';
import type { Db } from '../db/connection.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { systemCause, type Cause } from '../event-log/cause.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { hasSetupToken, replaceSetupToken, takeSetupToken } from './store.ts';

/**
 * A new one-time owner link while the installation belongs to nobody, otherwise null. Earlier links stop working.
 * The token is in the fragment, which browsers do not send, so that no log on the way holds it.
 */
export async function ensureSetupToken({ db, eventLog, origin }: Recording & { origin: string }): Promise<string | null> {
  if (await hasOwner(db)) return null;
  const token = randomBytes(32).toString('base64url');
  await inTransaction(db, async (tx) => {
    await replaceSetupToken(tx, digestOf(token));
    await eventLog.append(tx, { name: 'owner_link.issued', by: systemCause('server'), data: {} });
  });
  return `${origin}/setup#token=${token}`;
}

/** @throws AppError `sign_in_required` when the owner link is used, replaced or was never one. */
export async function checkSetupToken(db: Db, token: string): Promise<void> {
  if (!(await hasSetupToken(db, digestOf(token)))) throw new AppError('sign_in_required');
}

/**
 * Makes the owner and their team, all of it or nothing; of two at once with the same link one wins.
 * A team that was made from the shell before becomes the owner's and takes the name given.
 * @throws AppError `sign_in_required`; `conflict` when another team has that name or an account that address.
 */
export async function setUp(
  { db, eventLog }: Recording,
  request: z.output<typeof SetupRequest>,
  address: string,
): Promise<{ teamId: TeamId }> {
  const digest = digestOf(request.token);
  const email = request.email.toLowerCase();
  // Before the costly hash, so that a link that is not good costs nothing.
  await checkSetupToken(db, request.token);
  const passwordHash = await hashPassword(request.password);
  return inTransaction(db, async (tx) => {
    if (!(await takeSetupToken(tx, digest)) || (await hasOwner(tx))) throw new AppError('sign_in_required');
    const userId = await insertAccount(tx, { name: request.name, email, passwordHash });
    if (userId === null) throw new AppError('conflict');
    const by = newMemberCause(userId, 'owner-link', address);
    const teamId = await firstTeam(tx, eventLog, by, request.teamName);
    await insertMember(tx, teamId, userId, 'owner');
    await eventLog.append(tx, { name: 'installation.set_up', by, team: teamId, personal: { name: request.name, email }, data: {} });
    return { teamId };
  });
}

async function firstTeam(tx: Tx, eventLog: EventLog, by: Cause, name: string): Promise<TeamId> {
  const team = (await listTeams(tx)).find((candidate) => candidate.onPlainHost);
  if (team === undefined) return (await addTeam(tx, eventLog, by, name)).id;
  const namesake = await findTeamByName(tx, name);
  if (namesake !== null && namesake.id !== team.id) throw new AppError('conflict');
  await updateTeam(tx, team.id, { name });
  const data = { before: { name: team.name }, after: { name } };
  await eventLog.append(tx, { name: 'team.changed', by, team: team.id, data });
  return team.id;
}
