import { AppError } from '@conclave/protocol/errors';
import { BanId } from '@conclave/protocol/ids';
import { BanList } from '@conclave/protocol/rest/bans';
import type { HttpsServer } from '@conclave/runtime/https-server';
import { requirePrincipal, type Principal } from '../access/authenticate.ts';
import { principalCause } from '../access/cause.ts';
import type { ServerContext } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { listBans, markLifted } from '../doors/bans.ts';
import { requireRoom } from '../rooms/actions.ts';

type ByRoom = { Params: { room: string } };
type ByBan = { Params: { room: string; ban: string } };

/** REST `/api/v1`: the bans of a room, whether or not a meeting runs in it. Every route wants a developer key or a signed-in member. */
export async function banRoutes(app: HttpsServer, ctx: ServerContext): Promise<void> {
  app.decorateRequest('principal', null);
  app.addHook('onRequest', async (request) => request.setDecorator('principal', await requirePrincipal(ctx.db, ctx.access, request)));

  app.get<ByRoom>('/rooms/:room/bans', async (request) => {
    const { team } = request.getDecorator<Principal>('principal');
    const room = await requireRoom(ctx.db, team, request.params.room);
    const data = await listBans(ctx.db, room.id);
    return BanList.parse({ data, total_count: data.length });
  });

  app.delete<ByBan>('/rooms/:room/bans/:ban', async (request, reply) => {
    const principal = request.getDecorator<Principal>('principal');
    const room = await requireRoom(ctx.db, principal.team, request.params.room);
    const ban = BanId.safeParse(request.params.ban);
    if (!ban.success) throw new AppError('not_found');
    await inTransaction(ctx.db, async (tx) => {
      if (!(await markLifted(tx, room.id, ban.data, ctx.clock.nowMs()))) throw new AppError('not_found');
      const by = principalCause(principal, request.ip);
      const target = { kind: 'ban', id: ban.data } as const;
      await ctx.eventLog.append(tx, { name: 'ban.lifted', by, team: principal.team.id, room: room.id, target, data: {} });
    });
    return reply.code(204).send();
  });
}
