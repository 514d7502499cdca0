import { randomUUID } from 'node:crypto';
import { RoomId, TeamId } from '@conclave/protocol/ids';
import type { Db } from '../db/connection.ts';

/** A room with nothing set, of a team of its own, for tests without a server. */
export async function addTestRoom(db: Db): Promise<{ teamId: TeamId; roomId: RoomId }> {
  const teamId = TeamId.parse(randomUUID());
  const roomId = RoomId.parse(randomUUID());
  await db
    .insertInto('teams')
    .values({ id: teamId, name: teamId, slug: teamId.slice(0, 20), on_plain_host: false })
    .execute();
  await db
    .insertInto('rooms')
    .values({ id: roomId, team_id: teamId, friendly_url: roomId.slice(0, 20), settings: '{}' })
    .execute();
  return { teamId, roomId };
}
