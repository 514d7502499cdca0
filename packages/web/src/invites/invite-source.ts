import type { InviteId } from '@conclave/protocol/ids';
import type { GivenInvite, InviteRequest } from '@conclave/protocol/rest/invites';
import type { RoleName } from '@conclave/protocol/roles';
import type { InviteView } from '@conclave/protocol/signalling/views';
import type { Answer } from '../app/api.ts';

/** The invites of a room and what one may do with them. */
export interface InviteBook {
  /** The newest first. */
  invites: readonly InviteView[];
  /** Those that one may give. */
  roles: readonly RoleName[];
  /** Of the room; chosen at first. */
  defaultRole: RoleName;
  /** Whether invites can be sent by mail. */
  mayMail: boolean;
}

/** Where invites are kept: asked over signalling in a meeting, over REST in the dashboard. */
export interface InviteSource {
  list(signal: AbortSignal): Promise<Answer<InviteBook>>;
  create(request: Partial<InviteRequest>): Promise<Answer<GivenInvite>>;
  renew(id: InviteId, sendMail: boolean): Promise<Answer<GivenInvite>>;
  revoke(id: InviteId): Promise<Answer<unknown>>;
}

/** Whether nobody can come in by an invite any more, whoever has it. */
export function isOver({ state }: InviteView): boolean {
  return state === 'revoked' || state === 'expired';
}
