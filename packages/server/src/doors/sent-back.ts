import type { RoomId, SessionId } from '@conclave/protocol/ids';
import type { Db } from '../db/connection.ts';
import type { Identity } from './identity.ts';

/**
 * Whether somebody was sent back to the lobby in this session and not let in since. They are known again by account, token identity,
 * invite and device, so that another door, or another knock, is no way around the one who sent them.
 */
export async function wasSentBack(
  db: Db,
  { roomId, sessionId, identity }: { roomId: RoomId; sessionId: SessionId | null; identity: Identity },
): Promise<boolean> {
  const { person, inviteId, deviceId } = identity;
  const known = [
    ...(person === null ? [] : [['person', person] as const]),
    ...(inviteId === null ? [] : [['invite_id', inviteId] as const]),
    ...(deviceId === null ? [] : [['device_id', deviceId] as const]),
  ];
  if (sessionId === null || known.length === 0) return false;
  const { sentBackAt, letInAt } = await db
    .selectFrom('knocks')
    .select((eb) => [
      eb.fn.max('created_at').filterWhere('sent_back_from', '=', sessionId).as('sentBackAt'),
      eb.fn.max('decided_at').filterWhere('state', 'in', ['admitted', 'entered']).as('letInAt'),
    ])
    .where('room_id', '=', roomId)
    .where((eb) => eb.or(known.map(([column, value]) => eb(column, '=', value))))
    .executeTakeFirstOrThrow();
  return sentBackAt !== null && (letInAt === null || letInAt < sentBackAt);
}
