import type { FastifyRequest } from 'fastify';
import { requireOwner } from '../access/owner.ts';
import type { Member } from '../access/store.ts';
import type { ServerContext } from '../context.ts';
import type { LogScope } from './store.ts';

/** Who reads the log, and which part of it. */
export interface Reader {
  readonly member: Member;
  readonly scope: LogScope;
}

/** The signed-in owner who asks, with the events that are theirs to see. @throws AppError `sign_in_required`, `not_allowed` */
export async function requireReader({ db, access }: Pick<ServerContext, 'db' | 'access'>, request: FastifyRequest): Promise<Reader> {
  const member = await requireOwner(db, access, request);
  return { member, scope: { team: member.team.id, installation: member.team.onPlainHost } };
}
