import type { ParticipantId, SessionId } from '@conclave/protocol/ids';
import type { Grants, Permission, RoleName } from '@conclave/protocol/roles';
import type { ControlsView } from '@conclave/protocol/signalling/views';
import type { GrantOverrides } from '../db/tables/sessions.ts';
import type { Tx } from '../db/transaction.ts';

/** What of a participant a moderator, or they themselves, may change. */
export interface ParticipantChange {
  readonly name?: string;
  readonly role?: RoleName;
  readonly overrides?: GrantOverrides;
  readonly permissions?: readonly Permission[];
  readonly grants?: Grants;
  readonly handRaisedAtMs?: number | null;
}

/** Stores a change of somebody who has not left. False when they have. */
export async function storeParticipant(tx: Tx, id: ParticipantId, change: ParticipantChange): Promise<boolean> {
  const { name, role, overrides, permissions, grants, handRaisedAtMs } = change;
  const { numUpdatedRows } = await tx
    .updateTable('participants')
    .set({
      ...(name !== undefined && { name }),
      ...(role !== undefined && { role }),
      ...(overrides && { overrides: JSON.stringify(overrides) }),
      ...(permissions && { permissions: JSON.stringify(permissions) }),
      ...(grants && { grants: JSON.stringify(grants) }),
      ...(handRaisedAtMs !== undefined && { hand_raised_at: handRaisedAtMs === null ? null : new Date(handRaisedAtMs) }),
    })
    .where('id', '=', id)
    .where('left_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Ends somebody's stay. False when it has ended already. */
export async function storeGone(tx: Tx, id: ParticipantId, atMs: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('participants')
    .set({ left_at: new Date(atMs) })
    .where('id', '=', id)
    .where('left_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Puts all hands of a session down. */
export async function storeHandsDown(tx: Tx, sessionId: SessionId): Promise<void> {
  await tx
    .updateTable('participants')
    .set({ hand_raised_at: null })
    .where('session_id', '=', sessionId)
    .where('hand_raised_at', 'is not', null)
    .execute();
}

/** Stores what moderators have decided about a running meeting. */
export async function storeControls(tx: Tx, sessionId: SessionId, controls: ControlsView): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ controls: JSON.stringify(controls) })
    .where('id', '=', sessionId)
    .execute();
}
