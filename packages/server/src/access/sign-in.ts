import { KEPT_IN_BROWSER } from '@conclave/protocol/kept-in-browser';
import type { Secret } from '@conclave/runtime/secret';
import type { Log } from '@conclave/runtime/log';
import { AppError } from '@conclave/protocol/errors';
import { betterAuth } from 'better-auth';
import { APIError } from 'better-auth/api';
import type { Db } from '../db/connection.ts';
import { hashPassword, verifyPassword } from './passwords.ts';

const DAY_S = 86_400;

/** `__Host-` ties it to one host over HTTPS; Strict, because the pages fetch everything themselves, also after a link from a mail. */
export const SESSION_COOKIE = KEPT_IN_BROWSER.session.name;
const cookie = { secure: true, httpOnly: true, sameSite: 'strict', path: '/' } as const;

interface SignInOptions {
  db: Db;
  log: Log;
  origin: string;
  cookieSecret: Secret;
}

/**
 * Members' sign-in by better-auth on our own tables. Accounts are made by us, never by signing up.
 * Its HTTP handler is not used: our routes call its functions, so that nothing is reachable but what we mount.
 */
export function createSignIn({ db, log, origin, cookieSecret }: SignInOptions) {
  return betterAuth({
    appName: 'Conclave',
    baseURL: origin,
    secret: cookieSecret.reveal(),
    // A transaction cannot begin another one; what it stores is in one already.
    database: { db, type: 'postgres', transaction: !db.isTransaction },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 10,
      maxPasswordLength: 256,
      password: { hash: hashPassword, verify: ({ hash, password }) => verifyPassword(password, hash) },
    },
    user: { modelName: 'auth_users', fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' } },
    session: {
      modelName: 'auth_sessions',
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      expiresIn: KEPT_IN_BROWSER.session.lifeS,
      updateAge: DAY_S,
    },
    account: {
      modelName: 'auth_accounts',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'auth_verifications',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    advanced: {
      // Off, because it would put `__Secure-` before our own prefix; the attributes say Secure.
      useSecureCookies: false,
      cookies: {
        session_token: { name: SESSION_COOKIE, attributes: cookie },
        dont_remember: { name: KEPT_IN_BROWSER.sessionOnly.name, attributes: cookie },
      },
      // Its own check of our tables runs once and would be kept for good if it came before the first migration.
      database: { generateId: 'uuid', validateSchema: false },
      // Addresses and browsers of members are not needed here, so they are not kept.
      ipAddress: { disableIpTracking: true },
    },
    // Ours count attempts in PostgreSQL, per account too; see limits.ts.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: 'error', log: (level, message) => log[level === 'error' ? 'error' : 'debug']({ source: 'better-auth' }, message) },
    onAPIError: { throw: true },
  });
}
export type SignIn = ReturnType<typeof createSignIn>;

/** Calls better-auth; a database that is away stays `unavailable` instead of becoming a fault of ours. */
export async function askSignIn<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof APIError && error.cause instanceof AppError ? error.cause : error;
  }
}
