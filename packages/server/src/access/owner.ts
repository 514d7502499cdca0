import { AppError } from '@conclave/protocol/errors';
import type { FastifyRequest } from 'fastify';
import type { Db } from '../db/connection.ts';
import { requireMember, type Access } from './authenticate.ts';
import type { Member } from './store.ts';

/** The signed-in owner of a team. @throws AppError `sign_in_required`, `not_allowed` for other members and for a foreign origin. */
export async function requireOwner(db: Db, access: Access, request: FastifyRequest): Promise<Member> {
  const member = await requireMember(db, access, request);
  if (member.role !== 'owner') throw new AppError('not_allowed');
  return member;
}
