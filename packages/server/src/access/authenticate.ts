import { AppError } from '@conclave/protocol/errors';
import { TeamId } from '@conclave/protocol/ids';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';
import { keyCause, memberCause } from './cause.ts';
import { findKeyOwner } from './keys.ts';
import { learn } from './known.ts';
import type { Limits } from './limits.ts';
import type { MasterKeys } from '@conclave/runtime/sealing';
import { askSignIn, SESSION_COOKIE, type SignIn } from './sign-in.ts';
import { findMember, findTeam, type Member, type Team } from './store.ts';

/** What the routes of access need beside the server's context. */
export interface Access {
  readonly signIn: SignIn;
  /** The same on a transaction, so that what it stores and its event are stored together. */
  signInWithin(tx: Tx): SignIn;
  readonly limits: Limits;
  readonly keys: MasterKeys;
}

/** Who makes a REST request, and for which team. */
export type Principal = { kind: 'key'; keyId: string; key: string; team: Team } | { kind: 'member'; member: Member; team: Team };

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Who is asking: a developer key (Bearer key, Basic team:key, or Bearer base64(team:key)), or else a signed-in member's cookie.
 * A request that carries a key is judged by the key alone.
 * @throws AppError `sign_in_required`, `not_allowed` for a foreign origin, `rate_limited`.
 */
export async function requirePrincipal(db: Db, access: Access, request: FastifyRequest): Promise<Principal> {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    const member = await requireMember(db, access, request);
    await access.limits.rest(`member ${member.userId}`);
    return { kind: 'member', member, team: member.team };
  }
  for (const candidate of credentialsIn(authorization)) {
    const owner = await findKeyOwner(db, candidate.key);
    if (owner === null || (candidate.teamId !== null && candidate.teamId !== owner.teamId)) continue;
    learn(request, { by: keyCause(owner.keyId, request.ip), team: owner.teamId, ...(owner.isRevoked && { reason: 'key_revoked' }) });
    if (owner.isRevoked) continue;
    const team = await findTeam(db, owner.teamId);
    if (team === null) continue;
    await access.limits.rest(`key ${owner.keyId}`);
    return { kind: 'key', keyId: owner.keyId, key: candidate.key, team };
  }
  await access.limits.badKey(request.ip);
  throw new AppError('sign_in_required');
}

/** The signed-in member. @throws AppError `sign_in_required`, and `not_allowed` when another site's page makes the request. */
export async function requireMember(db: Db, access: Access, request: FastifyRequest, reply?: FastifyReply): Promise<Member> {
  if (!hasSessionCookie(request)) throw new AppError('sign_in_required');
  if (!SAFE_METHODS.has(request.method)) requireOwnOrigin(request);
  const query = { disableRefresh: reply === undefined };
  const { response, headers } = await askSignIn(() =>
    access.signIn.api.getSession({ headers: headersOf(request), query, returnHeaders: true }),
  );
  if (reply) passCookies(headers, reply);
  const member = response === null ? null : await findMember(db, response.user.id);
  if (member === null) throw new AppError('sign_in_required');
  learn(request, { by: memberCause(member, request.ip), team: member.team.id });
  return member;
}

/** The signed-in member, or null; for pages that work without one. Never refuses. */
export async function findSignedIn(db: Db, access: Access, request: FastifyRequest): Promise<Member | null> {
  if (!hasSessionCookie(request)) return null;
  const found = await askSignIn(() => access.signIn.api.getSession({ headers: headersOf(request), query: { disableRefresh: true } }));
  return found === null ? null : findMember(db, found.user.id);
}

/**
 * Refuses requests that a page of another site made in the name of whoever is signed in (CSRF). Our own pages' `Origin` is the
 * host that they were sent to, which a foreign page cannot bend.
 * @throws AppError `not_allowed`
 */
export function requireOwnOrigin(request: FastifyRequest): void {
  if (request.headers.origin === `https://${request.headers.host ?? ''}`) return;
  learn(request, { reason: 'foreign_origin' });
  throw new AppError('not_allowed');
}

/** The same for requests without a cookie, such as signing in: programs that send no `Origin` may make them. */
export function refuseForeignOrigin(request: FastifyRequest): void {
  if (request.headers.origin !== undefined || hasSessionCookie(request)) requireOwnOrigin(request);
}

export function headersOf(request: FastifyRequest): Headers {
  return new Headers({ cookie: request.headers.cookie ?? '' });
}

export function passCookies(headers: Headers, reply: FastifyReply): void {
  for (const cookie of headers.getSetCookie()) void reply.header('set-cookie', cookie);
}

function hasSessionCookie(request: FastifyRequest): boolean {
  return request.headers.cookie?.includes(`${SESSION_COOKIE}=`) ?? false;
}

function credentialsIn(authorization: string): { teamId: string | null; key: string }[] {
  const [, scheme = '', value = ''] = /^(Bearer|Basic) +([A-Za-z0-9._~+/=:-]{1,512})$/i.exec(authorization) ?? [];
  const decoded = pairIn(value);
  if (scheme.toLowerCase() === 'basic') return decoded ? [decoded] : [];
  return value === '' ? [] : [{ teamId: null, key: value }, ...(decoded ? [decoded] : [])];
}

function pairIn(base64: string): { teamId: string; key: string } | null {
  const text = Buffer.from(base64, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const teamId = TeamId.safeParse(text.slice(0, Math.max(0, colon)).toLowerCase());
  return teamId.success ? { teamId: teamId.data, key: text.slice(colon + 1) } : null;
}
