import type { Event } from '@conclave/protocol/events/event';
import type { AlertRule } from '@conclave/protocol/rest/log';
import type { Db } from '../db/connection.ts';
import type { Revealed } from '../event-log/person-keys.ts';
import { wideNetwork } from './groups.ts';

/**
 * Whom or what an alert is about, in the clear, told by the event that raised it: a member with their network, a network, or the id
 * of a participant or key. Null when its person was erased.
 */
export async function subjectOf(db: Db, rule: AlertRule, event: Event, revealed: Revealed): Promise<string | null> {
  // The field is there and cannot be read: the key is destroyed.
  if (revealed.network === null) return null;
  const network = revealed.network ?? null;
  switch (rule.kind) {
    case 'late':
      return null;
    case 'first':
      return network && (await withName(db, event, wideNetwork(network)));
    case 'count':
      return rule.groupBy === 'network' ? network : withName(db, event, network);
  }
}

async function withName(db: Db, { actor }: Event, network: string | null): Promise<string | null> {
  const name = actor.kind === 'member' && actor.id !== null ? await memberName(db, actor.id) : actor.id;
  const parts = [name, network].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(', ');
}

async function memberName(db: Db, id: string): Promise<string | null> {
  return (await db.selectFrom('auth_users').select('name').where('id', '=', id).executeTakeFirst())?.name ?? null;
}
