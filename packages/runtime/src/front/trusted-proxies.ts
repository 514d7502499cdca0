import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { plainAddress } from '../ip-networks.ts';

/** Who may speak for somebody else's address. */
export interface TrustedProxies {
  has(address: string): boolean;
}

/** @param networks addresses and CIDRs, as the configuration took them: each is valid */
export function trustedProxies(networks: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/', 2);
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return {
    has: (address) => {
      const plain = plainAddress(address);
      const version = isIP(plain);
      return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
    },
  };
}

/**
 * Whose request it is: the peer, or, where the peer is a trusted proxy, the first address from the right of `X-Forwarded-For` that is not
 * one. What stands left of it the client may have written itself. Something that is no address ends the walk at the last hop before it.
 */
export function clientAddressOf(peer: string, headers: IncomingHttpHeaders, trusted: TrustedProxies): string {
  let client = plainAddress(peer);
  const hops = String(headers['x-forwarded-for'] ?? '').split(',');
  while (trusted.has(client)) {
    const hop = plainAddress(hops.pop()?.trim() ?? '');
    if (isIP(hop) === 0) break;
    client = hop;
  }
  return client;
}

/** Leaves in the headers what `clientAddressOf` found and nothing that the client could have written. */
export function settleForwardedFor(peer: string, headers: IncomingHttpHeaders, trusted: TrustedProxies): void {
  if (headers['x-forwarded-for'] === undefined) return;
  const client = clientAddressOf(peer, headers, trusted);
  if (client === plainAddress(peer)) delete headers['x-forwarded-for'];
  else headers['x-forwarded-for'] = client;
}
