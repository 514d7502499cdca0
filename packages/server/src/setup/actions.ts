import { randomBytes } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import type { TeamId } from '@conclave/protocol/ids';
import type { SetupRequest } from '@conclave/protocol/rest/setup';
import type { z } from 'zod';
import { createTeam } from '../access/actions.ts';
import { hashPassword } from '../access/passwords.ts';
import { digestOf } from '@conclave/runtime/sealing';
import { findTeamByName, hasOwner, insertAccount, insertMember, listTeams, updateTeam } from '../access/store.ts';
import type { Db } from '../db/connection.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { hasSetupToken, replaceSetupToken, takeSetupToken } from './store.ts';

/**
 * A new one-time owner link while the installation belongs to nobody, otherwise null. Earlier links stop working.
 * The token is in the fragment, which browsers do not send, so that no log on the way holds it.
 */
export async function ensureSetupToken(db: Db, origin: string): Promise<string | null> {
  if (await hasOwner(db)) return null;
  const token = randomBytes(32).toString('base64url');
  await replaceSetupToken(db, digestOf(token));
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
export async function setUp(db: Db, request: z.output<typeof SetupRequest>): Promise<{ teamId: TeamId }> {
  const digest = digestOf(request.token);
  // Before the costly hash, so that a link that is not good costs nothing.
  await checkSetupToken(db, request.token);
  const passwordHash = await hashPassword(request.password);
  return inTransaction(db, async (tx) => {
    if (!(await takeSetupToken(tx, digest)) || (await hasOwner(tx))) throw new AppError('sign_in_required');
    const userId = await insertAccount(tx, { name: request.name, email: request.email.toLowerCase(), passwordHash });
    if (userId === null) throw new AppError('conflict');
    const teamId = await firstTeam(tx, request.teamName);
    await insertMember(tx, teamId, userId, 'owner');
    return { teamId };
  });
}

async function firstTeam(tx: Tx, name: string): Promise<TeamId> {
  const team = (await listTeams(tx)).find((candidate) => candidate.onPlainHost);
  if (team === undefined) return (await createTeam(tx, name)).id;
  const namesake = await findTeamByName(tx, name);
  if (namesake !== null && namesake.id !== team.id) throw new AppError('conflict');
  await updateTeam(tx, team.id, { name });
  return team.id;
}
