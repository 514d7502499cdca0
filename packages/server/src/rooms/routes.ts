import { AppError } from '@conclave/protocol/errors';
import { DeleteRoomRequest, PageQuery, RoomsQuery, TokenReply, TokenRequest } from '@conclave/protocol/rest/rooms';
import { RoomSettingsPatch, TeamSettingsPatch } from '@conclave/protocol/rest/settings';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requirePrincipal, type Principal } from '../access/authenticate.ts';
import { principalCause } from '../access/cause.ts';
import { loadRoles } from '../access/roles.ts';
import { findOwnerId, findTeam } from '../access/store.ts';
import type { ServerContext } from '../context.ts';
import { changeRoom, changeTeam, createRoom, issueToken, removeRoom, requireRoom, roomUrl, type Acting } from './actions.ts';
import type { LobbyDoor } from './joining.ts';
import { presentLive, presentRoom, presentTeam } from './present.ts';
import { effectiveSettings, parseFields } from './settings.ts';
import { findRoomsById, listRooms, type Room } from './store.ts';

type ByRoom = { Params: { room: string } };

/** REST `/api/v1`: rooms, their tokens and the team's defaults. Every route wants a developer key or a signed-in member. */
export async function roomRoutes(app: HttpsServer, ctx: ServerContext & { lobby: LobbyDoor }): Promise<void> {
  app.decorateRequest('principal', null);
  // Before the body is read, so that strangers cannot make us read it.
  app.addHook('onRequest', async (request) => request.setDecorator('principal', await requirePrincipal(ctx.db, ctx.access, request)));
  const principalOf = (request: FastifyRequest) => request.getDecorator<Principal>('principal');
  const actingOf = (request: FastifyRequest) => acting(principalOf(request), request);
  const present = async (request: FastifyRequest, reply: FastifyReply, room: Room) => {
    void reply.header('etag', `"${room.version}"`);
    return presentRoom(room, roomUrl(ctx, principalOf(request).team, room), await loadRoles(ctx.db, room.teamId));
  };

  app.get('/rooms', async (request) => {
    const { team } = principalOf(request);
    const { tag, 'tag[]': moreTags, ...page } = RoomsQuery.parse(request.query);
    const tags = [tag ?? [], moreTags ?? []]
      .flat()
      .flatMap((value) => value.split(','))
      .filter(Boolean);
    const { rooms, total } = await listRooms(ctx.db, team, page, tags);
    const roles = await loadRoles(ctx.db, team.id);
    return { data: rooms.map((room) => presentRoom(room, roomUrl(ctx, team, room), roles)), total_count: String(total) };
  });

  app.post('/rooms', async (request, reply) =>
    present(request, reply, await createRoom(ctx, actingOf(request), parseFields(RoomSettingsPatch, request.body))),
  );

  app.get<ByRoom>('/rooms/:room', async (request, reply) =>
    present(request, reply, await requireRoom(ctx.db, principalOf(request).team, request.params.room)),
  );

  app.patch<ByRoom>('/rooms/:room', async (request, reply) => {
    const patch = parseFields(RoomSettingsPatch, request.body);
    return present(request, reply, await changeRoom(ctx, actingOf(request), request.params.room, patch, ifVersion(request)));
  });

  app.delete<ByRoom>('/rooms/:room', async (request, reply) => {
    const flags = parseFields(DeleteRoomRequest, request.body);
    await removeRoom(ctx, actingOf(request), request.params.room, Object.values(flags).includes(true));
    return reply.code(204).send();
  });

  app.post<ByRoom>('/rooms/:room/token', async (request) => {
    const principal = principalOf(request);
    const room = await requireRoom(ctx.db, principal.team, request.params.room);
    const asked = parseFields(TokenRequest, request.body);
    const key = principal.kind === 'key' ? principal.key : null;
    return TokenReply.parse(await issueToken(ctx, actingOf(request), room, asked, key));
  });

  liveRoutes(app, ctx, principalOf);
  teamRoutes(app, ctx, principalOf);
}

function liveRoutes(app: HttpsServer, ctx: ServerContext, principalOf: (request: FastifyRequest) => Principal): void {
  app.get('/rooms/live', async (request) => {
    const running = new Map(ctx.live.summaries().map((summary) => [summary.roomId, summary]));
    const { offset, limit, order } = PageQuery.parse(request.query);
    const rooms = await findRoomsById(ctx.db, principalOf(request).team, [...running.keys()]);
    const live = rooms.flatMap((room) => {
      const session = running.get(room.id);
      return session ? [{ room, session }] : [];
    });
    live.sort((a, b) => (a.session.startedAtMs - b.session.startedAtMs) * (order === 'asc' ? 1 : -1));
    const page = live.slice(offset, offset + limit);
    return { data: page.map(({ room, session }) => presentLive(room, session, ctx.clock.nowMs())), total_count: live.length };
  });

  app.get<ByRoom>('/rooms/:room/live', async (request) => {
    const room = await requireRoom(ctx.db, principalOf(request).team, request.params.room);
    const session = ctx.live.summaries().find((summary) => summary.roomId === room.id);
    if (session === undefined) throw new AppError('not_found');
    return presentLive(room, session, ctx.clock.nowMs());
  });
}

function teamRoutes(app: HttpsServer, ctx: ServerContext, principalOf: (request: FastifyRequest) => Principal): void {
  const present = async ({ team }: Principal) => {
    const current = (await findTeam(ctx.db, team.id)) ?? team;
    return presentTeam(
      current,
      effectiveSettings({}, current.settings),
      await loadRoles(ctx.db, team.id),
      await findOwnerId(ctx.db, team.id),
    );
  };
  app.get('/', async (request) => present(principalOf(request)));
  app.patch('/', async (request) => {
    await changeTeam(ctx, acting(principalOf(request), request), parseFields(TeamSettingsPatch, request.body));
    return present(principalOf(request));
  });
}

function acting(principal: Principal, request: FastifyRequest): Acting {
  return { team: principal.team, by: principalCause(principal, request.ip) };
}

/** The version in `If-Match`; a tag that is not ours fits no version. */
function ifVersion(request: FastifyRequest): number | undefined {
  const given = request.headers['if-match'];
  if (given === undefined || given === '*') return undefined;
  return Number(/^"(\d{1,9})"$/.exec(given)?.[1] ?? -1);
}
