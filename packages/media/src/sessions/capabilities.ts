import { createHash, randomBytes } from 'node:crypto';

/** Who holds which capability. Looked up by digest, so that the time of a look-up tells nothing about a secret. */
export interface Capabilities<T> {
  /** Makes a new one: 256 random bits in base64url. */
  issue(holder: T): string;
  find(capability: string): T | undefined;
  /** Void at once. */
  revoke(capability: string): void;
}

export function createCapabilities<T>(): Capabilities<T> {
  const holders = new Map<string, T>();
  const digest = (capability: string) => createHash('sha256').update(capability).digest('base64');
  return {
    issue(holder) {
      const capability = randomBytes(32).toString('base64url');
      holders.set(digest(capability), holder);
      return capability;
    },
    find: (capability) => holders.get(digest(capability)),
    revoke: (capability) => void holders.delete(digest(capability)),
  };
}
