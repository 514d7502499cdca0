import { networkInterfaces } from 'node:os';

/** What `os.networkInterfaces()` gives; tests pass their own. */
export type Interfaces = ReturnType<typeof networkInterfaces>;

/**
 * This host's addresses that another machine could use: IPv4 that is not loopback or link-local, then global IPv6 (2000::/3).
 * IPv4 comes first, because a browser tries candidates in that order of reachability more often than not.
 */
export function reachableAddresses(interfaces: Interfaces = networkInterfaces()): string[] {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const outside = all.filter((address) => !address.internal);
  const v4 = outside.filter((address) => address.family === 'IPv4' && !address.address.startsWith('169.254.'));
  const v6 = outside.filter((address) => address.family === 'IPv6' && /^[23]/.test(address.address));
  return [...new Set([...v4, ...v6].map((address) => address.address))];
}

/** The address that means all addresses: `::` where the host has IPv6, so that both families are served. */
export function anyAddress(interfaces: Interfaces = networkInterfaces()): '::' | '0.0.0.0' {
  return Object.values(interfaces).some((addresses) => addresses?.some(({ family }) => family === 'IPv6')) ? '::' : '0.0.0.0';
}
