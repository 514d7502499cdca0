import { createHmac } from 'node:crypto';
import type { Event } from '@conclave/protocol/events/event';
import type { AlertRule } from '@conclave/protocol/rest/log';
import type { Secret } from '@conclave/runtime/secret';
import { networkOf } from '@conclave/runtime/ip-networks';
import type { Revealed } from '../event-log/person-keys.ts';

/**
 * Whom or what an event counts against, as text; null when that cannot be told any more, such as the network of somebody who was
 * erased. It is used to make a key and is not stored.
 */
export function groupOf(rule: AlertRule & { kind: 'count' }, event: Event, revealed: Revealed): string | null {
  switch (rule.groupBy) {
    case 'network':
      return revealed.network ?? null;
    case 'actor':
      return event.actor.id === null ? `${event.actor.kind} ${revealed.network ?? ''}` : `${event.actor.kind} ${event.actor.id}`;
    case 'session':
      return event.session;
  }
}

/** The network by which a member is known: /16 of IPv4, /32 of IPv6, of the /24 or /48 that the log has. */
export function wideNetwork(network: string): string {
  const [address = ''] = network.split('/', 1);
  return networkOf(address, { v4: 16, v6: 32 });
}

/** What is stored instead of a name: it can be compared and not read. `parts` cannot run into each other. */
export function keyOf(lookup: Secret, ...parts: readonly string[]): Buffer {
  return createHmac('sha256', Buffer.from(lookup.reveal(), 'base64url')).update(JSON.stringify(parts), 'utf8').digest();
}
