import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';

const REQUEST_TIMEOUT_MS = 30_000;

export interface AcmeAccount {
  /** PEM; whoever has it may order for the names again. */
  readonly key: string;
  readonly directoryUrl: string;
  readonly email?: string;
  /** PEM file of the CA that the ACME server's own certificate comes from, where the system does not know it. */
  readonly caFile?: string;
}

/** Makes what the ACME server looks for while an order runs; `remove` when it has looked. */
export interface ChallengeDoor {
  open(token: string, keyAuthorization: string): void;
  close(token: string): void;
}

/** Loaded when it is needed: who brings certificate files starts without it. */
const acmeLibrary = () => import('acme-client');

/** A fresh account key: ECDSA P-256, PEM. */
export async function createAccountKey(): Promise<string> {
  const { crypto } = await acmeLibrary();
  return (await crypto.createPrivateEcdsaKey('P-256')).toString();
}

/**
 * Orders a certificate for the names by HTTP-01 (RFC 8555 §7.4, §8.3), registering the account where it is not yet. Whoever calls this has
 * agreed to the server's terms. Resolves with the key (a fresh one, ECDSA P-256) and the chain.
 */
export async function orderCertificate(
  account: AcmeAccount,
  names: readonly string[],
  door: ChallengeDoor,
): Promise<{ key: string; cert: string }> {
  const { axios, Client, crypto } = await acmeLibrary();
  // The library speaks through one client of its own, for which this is the only way in. Pauses after failures are ours (`rules.ts`).
  Object.assign(axios.defaults, { timeout: REQUEST_TIMEOUT_MS, acmeSettings: { retryMaxAttempts: 1, retryDefaultDelay: 1 } });
  if (account.caFile !== undefined) axios.defaults.httpsAgent = new Agent({ ca: await readFile(account.caFile, 'utf8') });
  const client = new Client({ directoryUrl: account.directoryUrl, accountKey: account.key, backoffMin: 1_000, backoffMax: 10_000 });
  const [key, csr] = await crypto.createCsr({ altNames: [...names] }, await crypto.createPrivateEcdsaKey('P-256'));
  const cert = await client.auto({
    csr,
    ...(account.email !== undefined && { email: account.email }),
    termsOfServiceAgreed: true,
    challengePriority: ['http-01'],
    // What the library would look at is this host's own view of port 80, which NAT may not show it.
    skipChallengeVerification: true,
    challengeCreateFn: async (_authorization, { type, token }, keyAuthorization) => {
      if (type !== 'http-01') throw new Error('the ACME server does not offer http-01 for one of the names');
      door.open(token, keyAuthorization);
    },
    challengeRemoveFn: async (_authorization, { token }) => door.close(token),
  });
  return { key: key.toString(), cert };
}
