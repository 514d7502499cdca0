import type { Config } from '../config.ts';

/** Where a relay may send to: the media nodes and nothing else. `ports` is null where they are chosen anew at each start. */
export interface TurnPeers {
  readonly addresses: readonly string[];
  readonly ports: { readonly first: number; readonly last: number } | null;
}

/** The announced addresses and the ports of the media workers; never loopback, where everything of this host listens. */
export function turnPeers(config: Pick<Config, 'announcedIps' | 'mediaPort' | 'mediaWorkers'>): TurnPeers {
  const { announcedIps, mediaPort, mediaWorkers } = config;
  return {
    addresses: announcedIps.filter((address) => !isLoopback(address)),
    ports: mediaPort === 0 ? null : { first: mediaPort, last: mediaPort + mediaWorkers - 1 },
  };
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
