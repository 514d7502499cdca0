import { networkOf } from '../ip-networks.ts';

/** How many of a thing each address has; IPv6 counts by its /64, which is what one household or attacker is given. */
export interface AddressCounts {
  /** Counts one more and returns how to give it back, which is good once; undefined when the address has its share. */
  take(address: string): (() => void) | undefined;
}

export function createAddressCounts(limit: number): AddressCounts {
  const counts = new Map<string, number>();
  return {
    take: (address) => {
      const key = networkOf(address, { v4: 32, v6: 64 });
      const count = counts.get(key) ?? 0;
      if (count >= limit) return undefined;
      counts.set(key, count + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (counts.get(key) ?? 1) - 1;
        if (left > 0) counts.set(key, left);
        else counts.delete(key);
      };
    },
  };
}
