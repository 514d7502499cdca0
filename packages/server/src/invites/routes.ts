import { AppError } from '@conclave/protocol/errors';
import { InviteId } from '@conclave/protocol/ids';
import { GivenInvite, InviteBody, InviteList, RenewBody } from '@conclave/protocol/rest/invites';
import { PageQuery } from '@conclave/protocol/rest/rooms';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { FastifyRequest } from 'fastify';
import { requirePrincipal, type Principal } from '../access/authenticate.ts';
import { principalCause } from '../access/cause.ts';
import type { ServerContext } from '../context.ts';
import { requireRoom, roomUrl } from '../rooms/actions.ts';
import { parseFields } from '../rooms/settings.ts';
import { createInvite, listInvites, renewInvite, revokeInvite, type Inviting } from './actions.ts';
import { countAllInvites } from './store.ts';

type ByRoom = { Params: { room: string } };
type ByInvite = { Params: { room: string; invite: string } };

/** REST `/api/v1`: the invites of a room. Every route wants a developer key or a signed-in member; these may give every role of it. */
export async function inviteRoutes(app: HttpsServer, ctx: ServerContext): Promise<void> {
  app.decorateRequest('principal', null);
  // Before the body is read, so that strangers cannot make us read it.
  app.addHook('onRequest', async (request) => request.setDecorator('principal', await requirePrincipal(ctx.db, ctx.access, request)));

  const inviting = async (request: FastifyRequest<ByRoom>): Promise<Inviting> => {
    const principal = request.getDecorator<Principal>('principal');
    const { team } = principal;
    const room = await requireRoom(ctx.db, team, request.params.room);
    return {
      team,
      room,
      roomUrl: roomUrl(ctx, team, room),
      creator: principal.kind === 'key' ? { kind: 'key', keyId: principal.keyId } : { kind: 'member', userId: principal.member.userId },
      inviterName: principal.kind === 'key' ? null : principal.member.name,
      mayGive: () => true,
      by: principalCause(principal, request.ip),
    };
  };

  app.get<ByRoom>('/rooms/:room/invites', async (request) => {
    const { room } = await inviting(request);
    const page = PageQuery.parse(request.query);
    const [data, total] = [await listInvites(ctx, room, page), await countAllInvites(ctx.db, room.id)];
    return InviteList.parse({ data, total_count: total, mayMail: ctx.mail.isConfigured });
  });

  app.post<ByRoom>('/rooms/:room/invites', async (request) => {
    const from = await inviting(request);
    const asked = parseFields(InviteBody, request.body);
    if (asked.role !== null && !from.room.settings.roles.includes(asked.role))
      throw new AppError('invalid_settings', { details: { errors: { role: ["must be one of the room's roles"] } } });
    return GivenInvite.parse(await createInvite(ctx, from, asked));
  });

  app.delete<ByInvite>('/rooms/:room/invites/:invite', async (request, reply) => {
    await revokeInvite(ctx, await inviting(request), inviteIdOf(request));
    return reply.code(204).send();
  });

  app.post<ByInvite>('/rooms/:room/invites/:invite/renew', async (request) => {
    const from = await inviting(request);
    const { sendMail } = parseFields(RenewBody, request.body);
    return GivenInvite.parse(await renewInvite(ctx, from, { inviteId: inviteIdOf(request), sendMail }));
  });
}

function inviteIdOf({ params }: FastifyRequest<ByInvite>): InviteId {
  const id = InviteId.safeParse(params.invite);
  if (!id.success) throw new AppError('not_found');
  return id.data;
}
