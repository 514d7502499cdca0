import type { Server } from 'node:net';

/**
 * For what is no business of the network: closes a server that others than this host can reach.
 * @throws Error when it is bound to any address but loopback.
 */
export function requireLoopback(server: Server): void {
  const bound = server.address();
  const address = typeof bound === 'object' ? (bound?.address ?? '') : '';
  if (/^(127\.|::1$|::ffff:127\.)/.test(address)) return;
  server.close();
  throw new Error(`what must be on loopback alone was bound to ${address || 'no address'}`);
}
