import { randomBytes, randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { TeamId } from '@conclave/protocol/ids';
import type { Db } from '../db/connection.ts';
import { slugFor } from './hosts.ts';
import { findTeamByName, insertTeam, type Team } from './store.ts';

/**
 * Makes a team; the first of all answers on the plain host, others on a label made of their name.
 * @throws AppError `conflict` when there is a team of that name, whatever its case.
 */
export async function createTeam(db: Db, name: string): Promise<Team> {
  const id = TeamId.parse(randomUUID());
  const slug = slugFor(name);
  // Another team's name may give the same label; then a few random letters tell them apart.
  for (const candidate of [slug, `${slug}-${randomBytes(2).toString('hex').slice(0, 3)}`]) {
    if (await findTeamByName(db, name)) break;
    const team = await insertTeam(db, { id, name, slug: candidate });
    if (team) return team;
  }
  throw new AppError('conflict');
}
