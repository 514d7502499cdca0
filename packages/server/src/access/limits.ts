import { AppError } from '@conclave/protocol/errors';
import { CompiledQuery } from 'kysely';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Db } from '../db/connection.ts';
import { networkOf } from '@conclave/runtime/ip-networks';
import { digestOf } from '@conclave/runtime/sealing';

/** What an outsider may try how often, before `rate_limited`. */
export interface Limits {
  /** One attempt to sign in; an attempt that succeeds is taken back. */
  signIn(address: string, email: string): Promise<{ succeeded(): Promise<void> }>;
  /** One look at or use of an owner link. */
  setup(address: string): Promise<void>;
  /** One REST request of a key or a signed-in member. */
  rest(principal: string): Promise<void>;
  /** One REST request whose key was not one. */
  badKey(address: string): Promise<void>;
}

/** REST is counted in memory, by the minute; what guards passwords is counted in PostgreSQL, so that a restart does not reset it. */
export function createLimits(db: Db): Limits {
  const stored = (keyPrefix: string, points: number, durationS: number) =>
    new RateLimiterPostgres({
      storeClient: limiterClient(db),
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: true,
      keyPrefix,
      points,
      duration: durationS,
    });
  const byAddress = stored('sign-in-address', 30, 900);
  // By account and address, so that a stranger cannot lock an owner out from elsewhere ...
  const byPair = stored('sign-in-pair', 10, 900);
  // ... and by account alone against a guess spread over many addresses.
  const byAccount = stored('sign-in-account', 100, 3600);
  const setup = stored('setup-address', 20, 900);
  const rest = new RateLimiterMemory({ points: 1000, duration: 60 });
  const badKey = new RateLimiterMemory({ points: 60, duration: 60 });
  return {
    signIn: async (address, email) => {
      const account = digestOf(email.trim().toLowerCase()).toString('base64url');
      const network = clientNetwork(address);
      const pair = `${account} ${network}`;
      await Promise.all([take(byAddress, network), take(byPair, pair), take(byAccount, account)]);
      return {
        succeeded: async () => void (await Promise.all([byAddress.reward(network), byPair.delete(pair), byAccount.reward(account)])),
      };
    },
    setup: (address) => take(setup, clientNetwork(address)),
    rest: (principal) => take(rest, principal),
    badKey: (address) => take(badKey, clientNetwork(address)),
  };
}

/** Counts requests of an address by the minute, in memory. What it returns throws AppError `rate_limited`. */
export function createAddressLimit(perMinute: number): (address: string) => Promise<void> {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return (address) => take(limiter, clientNetwork(address));
}

/** Whom an attempt counts against: IPv6 by its /64, which is what one household or attacker is given. */
export function clientNetwork(address: string): string {
  return networkOf(address, { v4: 32, v6: 64 });
}

async function take(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (thrown) {
    if (thrown instanceof RateLimiterRes) throw new AppError('rate_limited', { details: { retryAfterMs: thrown.msBeforeNext } });
    throw thrown;
  }
}

/** The limiter speaks to a pg client; our pool is behind Kysely, which also translates its errors. */
export function limiterClient(db: Db) {
  return {
    query: async (query: { text: string; values: unknown[] }) => {
      const { rows, numAffectedRows } = await db.executeQuery(CompiledQuery.raw(query.text, query.values));
      // By this it knows that there is no such count yet, and not by the rows.
      return { rows, rowCount: Number(numAffectedRows ?? rows.length) };
    },
  };
}
