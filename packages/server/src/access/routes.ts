import { AppError } from '@conclave/protocol/errors';
import { Me, SignInRequest } from '@conclave/protocol/rest/setup';
import type { HttpsServer } from '@conclave/runtime/https-server';
import { APIError } from 'better-auth/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerContext } from '../context.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { headersOf, passCookies, refuseForeignOrigin, requireMember } from './authenticate.ts';
import { memberCause, newMemberCause } from './cause.ts';
import { hostOf } from './hosts.ts';
import { learn } from './known.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { askSignIn } from './sign-in.ts';
import { findAccount, findMember, type Member } from './store.ts';

/** Signing in and out, and who is signed in. */
export async function accessRoutes(app: HttpsServer, ctx: ServerContext): Promise<void> {
  const { access, db } = ctx;

  app.post('/api/auth/sign-in/email', async (request, reply) => {
    refuseForeignOrigin(request);
    const { email, password, rememberMe = true } = SignInRequest.parse(request.body);
    const attempt = await access.limits.signIn(request.ip, email);
    const user = await signInWithPassword(ctx, { email, password, rememberMe }, request, reply);
    await attempt.succeeded();
    return { user };
  });

  app.post('/api/auth/sign-out', async (request, reply) => {
    refuseForeignOrigin(request);
    const headers = await inTransaction(db, async (tx) => {
      const within = access.signInWithin(tx);
      const asked = headersOf(request);
      const session = await askSignIn(() => within.api.getSession({ headers: asked, query: { disableRefresh: true } }));
      const left = await within.api.signOut({ headers: asked, returnHeaders: true });
      if (session) await recordSignOut(tx, ctx, { userId: session.user.id, address: request.ip });
      return left.headers;
    });
    passCookies(headers, reply);
    return {};
  });

  app.get('/api/auth/get-session', async (request, reply) => {
    const member = await requireMember(db, access, request, reply).catch(nullIfSignedOut);
    return { user: member && { name: member.name, email: member.email } };
  });

  app.get('/api/me', async (request, reply) => presentMe(await requireMember(db, access, request, reply), ctx.origin));
}

/**
 * Sets the cookie of a new session if the password is right.
 * @throws AppError `sign_in_required`: one answer for an unknown address and a wrong password, after the same work.
 */
export async function signInWithPassword(
  ctx: ServerContext,
  given: { email: string; password: string; rememberMe: boolean },
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const account = await findAccount(ctx.db, given.email.toLowerCase());
  // Before the transaction, so that those who guess hold no connection to the database while they are checked.
  const isRight = await checkPassword(given.password, account?.passwordHash);
  if (!account || !isRight) {
    learn(request, { reason: 'wrong_password', ...(account && { target: { kind: 'member', id: account.userId } }) });
    throw new AppError('sign_in_required');
  }
  const { response, headers } = await inTransaction(ctx.db, async (tx) => {
    const signIn = ctx.access.signInWithin(tx);
    const made = await askSignIn(() => signIn.api.signInEmail({ body: given, headers: new Headers(), returnHeaders: true })).catch(refuse);
    const member = await findMember(tx, account.userId);
    await ctx.eventLog.append(tx, {
      name: 'member.signed_in',
      by: newMemberCause(account.userId, 'password', request.ip),
      team: member?.team.id ?? null,
      personal: { name: made.response.user.name, email: made.response.user.email },
      data: { remembered: given.rememberMe },
    });
    return made;
  });
  passCookies(headers, reply);
  return { name: response.user.name, email: response.user.email };
}

async function checkPassword(password: string, hash: string | undefined): Promise<boolean> {
  if (hash !== undefined) return verifyPassword(password, hash);
  await hashPassword(password); // the same work for an address that nobody has
  return false;
}

function refuse(error: unknown): never {
  if (error instanceof APIError && error.statusCode < 500) throw new AppError('sign_in_required');
  throw error;
}

async function recordSignOut(tx: Tx, { eventLog }: ServerContext, { userId, address }: { userId: string; address: string }) {
  const member = await findMember(tx, userId);
  await eventLog.append(tx, {
    name: 'member.signed_out',
    by: memberCause({ userId }, address),
    team: member?.team.id ?? null,
    data: {},
  });
}

function presentMe(member: Member, origin: string): Me {
  const { team } = member;
  return Me.parse({
    name: member.name,
    email: member.email,
    role: member.role,
    team: { id: team.id, name: team.name, host: hostOf(team, origin) },
  });
}

function nullIfSignedOut(error: unknown): null {
  if (error instanceof AppError && error.code === 'sign_in_required') return null;
  throw error;
}
