import type { InviteId } from '@conclave/protocol/ids';
import type { Person } from '../event-log/cause.ts';

/** By what somebody who came in is known again, under whatever name. */
export interface Identity {
  /** Their account, or who a room token says they are (`ud`); null: nobody knows. */
  readonly person: Person | null;
  readonly inviteId: InviteId | null;
  /** From the signed cookie of `device.ts`. */
  readonly deviceId: string | null;
  /** The address (IPv4) or its /64 (IPv6). */
  readonly network: string | null;
}
