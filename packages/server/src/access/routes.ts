import { AppError } from '@conclave/protocol/errors';
import { Me, SignInRequest } from '@conclave/protocol/rest/setup';
import type { HttpsServer } from '@conclave/runtime/https-server';
import { APIError } from 'better-auth/api';
import type { FastifyReply } from 'fastify';
import type { ServerContext } from '../context.ts';
import { findSignedIn, headersOf, passCookies, refuseForeignOrigin, requireMember, type Access } from './authenticate.ts';
import { hostOf } from './hosts.ts';
import { askSignIn } from './sign-in.ts';
import type { Member } from './store.ts';

/** Signing in and out, and who is signed in. */
export async function accessRoutes(app: HttpsServer, ctx: ServerContext): Promise<void> {
  const { access, db } = ctx;

  app.post('/api/auth/sign-in/email', async (request, reply) => {
    refuseForeignOrigin(request);
    const { email, password, rememberMe = true } = SignInRequest.parse(request.body);
    const attempt = await access.limits.signIn(request.ip, email);
    const user = await signInWithPassword(access, { email, password, rememberMe }, reply);
    await attempt.succeeded();
    return { user };
  });

  app.post('/api/auth/sign-out', async (request, reply) => {
    refuseForeignOrigin(request);
    // Signing out passes over a database that is away and would leave the session good; asking first does not.
    await findSignedIn(db, access, request);
    const { headers } = await access.signIn.api.signOut({ headers: headersOf(request), returnHeaders: true });
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
  access: Access,
  given: { email: string; password: string; rememberMe: boolean },
  reply: FastifyReply,
) {
  try {
    const { response, headers } = await askSignIn(() =>
      access.signIn.api.signInEmail({ body: given, headers: new Headers(), returnHeaders: true }),
    );
    passCookies(headers, reply);
    return { name: response.user.name, email: response.user.email };
  } catch (error) {
    if (error instanceof APIError && error.statusCode < 500) throw new AppError('sign_in_required');
    throw error;
  }
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
