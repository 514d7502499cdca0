import { AppError } from '@conclave/protocol/errors';
import { RolePatch, RoleRequest } from '@conclave/protocol/rest/roles';
import { PageQuery } from '@conclave/protocol/rest/rooms';
import { PERMISSIONS } from '@conclave/protocol/roles';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { FastifyRequest } from 'fastify';
import { requirePrincipal, type Principal } from '../access/authenticate.ts';
import { principalCause } from '../access/cause.ts';
import { loadRoles } from '../access/roles.ts';
import type { ServerContext } from '../context.ts';
import { parseFields } from '../rooms/settings.ts';
import { changeRole, createRole, removeRole } from './actions.ts';
import { presentRole, presentWholeRole } from './present.ts';

type ByRole = { Params: { role: string } };

/** REST `/api/v1`: the roles of a team and the permissions there are. Every route wants a developer key or a signed-in member. */
export async function roleRoutes(app: HttpsServer, ctx: ServerContext): Promise<void> {
  app.decorateRequest('principal', null);
  // Before the body is read, so that strangers cannot make us read it.
  app.addHook('onRequest', async (request) => request.setDecorator('principal', await requirePrincipal(ctx.db, ctx.access, request)));
  const principalOf = (request: FastifyRequest) => request.getDecorator<Principal>('principal');
  const actingOf = (request: FastifyRequest) => {
    const principal = principalOf(request);
    return { team: principal.team, by: principalCause(principal, request.ip) };
  };

  app.get('/permissions', async () => PERMISSIONS);

  app.get('/roles', async (request) => {
    const { limit, offset, order } = PageQuery.parse(request.query);
    const { all } = await loadRoles(ctx.db, principalOf(request).team.id);
    const sorted = order === 'asc' ? all : all.toReversed();
    return { data: sorted.slice(offset, offset + limit).map(presentRole), total_count: all.length };
  });

  app.post('/roles', async (request) => presentWholeRole(await createRole(ctx, actingOf(request), parseFields(RoleRequest, request.body))));

  app.get<ByRole>('/roles/:role', async (request) => {
    const role = (await loadRoles(ctx.db, principalOf(request).team.id)).find(request.params.role);
    if (role === null) throw new AppError('not_found');
    return presentWholeRole(role);
  });

  app.patch<ByRole>('/roles/:role', async (request) =>
    presentWholeRole(await changeRole(ctx, actingOf(request), request.params.role, parseFields(RolePatch, request.body))),
  );

  app.delete<ByRole>('/roles/:role', async (request, reply) => {
    await removeRole(ctx, actingOf(request), request.params.role);
    return reply.code(204).send();
  });
}
