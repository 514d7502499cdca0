import type { RoomId } from '@conclave/protocol/ids';
import { loadRoles } from '../access/roles.ts';
import { findTeam, type Team } from '../access/store.ts';
import type { ServerContext } from '../context.ts';
import { roomRoles } from './policy.ts';
import { findRoomById, findRoomsById } from './store.ts';

type Context = Pick<ServerContext, 'db' | 'live'>;

/**
 * Tells the running session of a room, if there is one, what its settings and roles are now. It reads them in the order of the
 * session, so that of two changes at once the later one stays.
 */
export async function refreshRoom({ db, live }: Context, roomId: RoomId): Promise<void> {
  await live.inOrder(roomId, async (session) => {
    const room = session && (await findRoomById(db, roomId));
    if (!session || !room) return;
    const roles = roomRoles(room.settings, await loadRoles(db, room.teamId));
    session.apply({ kind: 'set-policy', settings: room.settings, roles, hasPassword: room.hasPassword });
  });
}

/** The same for all rooms of a team. */
export async function refreshTeam(ctx: Context, teamId: Team['id']): Promise<void> {
  const team = await findTeam(ctx.db, teamId);
  const running = ctx.live.summaries().map(({ roomId }) => roomId);
  const rooms = team ? await findRoomsById(ctx.db, team, running) : [];
  await Promise.all(rooms.map(({ id }) => refreshRoom(ctx, id)));
}
