import { AppError } from '@conclave/protocol/errors';
import { EntryRequest, JoinRequest, type EntryReply, type JoinReply } from '@conclave/protocol/rest/join';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { FastifyRequest } from 'fastify';
import { findSignedIn, refuseForeignOrigin } from '../access/authenticate.ts';
import { revokedKeys, signingKeys } from '../access/keys.ts';
import { learn } from '../access/known.ts';
import { signerOf, verifyRoomToken, type TokenBearer } from '../access/room-token.ts';
import type { MediaClient } from '../media-link/client.ts';
import { findTeamByHost, type Team } from '../access/store.ts';
import type { ServerContext } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { externalPerson, type Cause } from '../event-log/cause.ts';
import { decideEntry, type Admission } from './entry.ts';
import { createJoinLimit } from './join-limits.ts';
import type { LiveRegistry } from './live-rooms.ts';
import { findRoom, type Room } from './store.ts';
import { issueTicket } from './tickets.ts';
import { roomName } from './views.ts';

type Context = ServerContext & Pick<MediaClient, 'routerRtpCapabilities'> & { readonly live: LiveRegistry };

interface Entrance {
  readonly team: Team;
  readonly room: Room;
  readonly bearer: TokenBearer | null;
  readonly admission: Admission;
}

/** What the page asks before a participant exists: what it must know to show the door, and a ticket to pass it. */
export async function joinRoutes(app: HttpsServer, ctx: Context): Promise<void> {
  const limit = createJoinLimit();
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    refuseForeignOrigin(request);
    await limit(request.ip);
  });

  app.post('/api/entry', async (request): Promise<EntryReply> => {
    const entrance = await findEntrance(ctx, request, EntryRequest.parse(request.body));
    const member = entrance.bearer?.name ? null : await findSignedIn(ctx.db, ctx.access, request);
    return { ...presentEntry(entrance, member?.name ?? null), ...knownRouter(ctx) };
  });

  app.post('/api/join', async (request): Promise<JoinReply> => {
    const asked = JoinRequest.parse(request.body);
    const { team, room, bearer } = await findEntrance(ctx, request, asked);
    const name = bearer?.name ?? asked.name;
    if (name === undefined) throw new AppError('bad_request', { details: { paths: ['name'] } });
    const externalId = bearer?.externalId;
    return inTransaction(ctx.db, async (tx) => {
      const issued = await issueTicket(tx, { roomId: room.id, claims: { name, bearer }, nowMs: ctx.clock.nowMs() });
      await ctx.eventLog.append(tx, {
        name: 'ticket.issued',
        by: newcomerCause(bearer, request.ip),
        team: team.id,
        room: room.id,
        // A name alone belongs to nobody whose key could be destroyed; `participant.joined` has it.
        ...(externalId && { person: externalPerson(ctx.access.keys.lookup, team.id, externalId), personal: { name, externalId } }),
        data: { expiresAtMs: issued.expiresAtMs },
      });
      return issued;
    });
  });
}

async function findEntrance(ctx: Context, request: FastifyRequest, asked: { room: string; token?: string | undefined }): Promise<Entrance> {
  const team = await findTeamByHost(ctx.db, ctx.origin, request.headers.host);
  const room = team && (await findRoom(ctx.db, team, asked.room));
  learn(request, { team: team?.id ?? null, room: room?.id ?? null });
  if (!room) throw new AppError('not_found');
  const nowMs = ctx.clock.nowMs();
  const bearer = asked.token === undefined ? null : await readToken(ctx, request, { token: asked.token, team, room, nowMs });
  learn(request, { by: newcomerCause(bearer, request.ip) });
  const entry = decideEntry({ settings: room.settings, bearer, seatsTaken: ctx.live.seatsTaken(room.id), nowMs });
  if (!entry.ok) throw new AppError(entry.code);
  return { team, room, bearer, admission: entry.admission };
}

/** Who a room token says its bearer is. That a revoked key signed it is no excuse, but it is told to those who read the log. */
async function readToken(
  ctx: Context,
  request: FastifyRequest,
  { token, team, room, nowMs }: { token: string; team: Team; room: Room; nowMs: number },
): Promise<TokenBearer> {
  const { sealing } = ctx.access.keys;
  try {
    return await verifyRoomToken(token, { team, room, keys: await signingKeys(ctx.db, sealing, team.id), nowMs });
  } catch (error) {
    if (error instanceof AppError && error.code === 'token_invalid') {
      const signer = await signerOf(token, await revokedKeys(ctx.db, sealing, team.id));
      if (signer) learn(request, { reason: 'key_revoked', target: { kind: 'key', id: signer.keyId } });
    }
    throw error;
  }
}

/** What somebody does who stands at the door with the link alone or with a room token too. */
function newcomerCause(bearer: TokenBearer | null, address: string): Cause {
  return { actor: { kind: 'visitor', id: null, authenticatedBy: bearer ? 'room-token' : 'room-link' }, person: null, address };
}

/** Lets a page prepare its decoders before it joins. */
function knownRouter(ctx: Context): Pick<EntryReply, 'routerRtpCapabilities'> {
  const routerRtpCapabilities = ctx.routerRtpCapabilities();
  return routerRtpCapabilities ? { routerRtpCapabilities } : {};
}

function presentEntry({ team, room, bearer, admission }: Entrance, suggestedName: string | null): EntryReply {
  const { microphone, camera, screen } = admission.grants;
  const name = roomName(room);
  const { description, audio_on_join_enabled, video_on_join_enabled } = room.settings;
  return {
    room: { name, friendlyUrl: room.friendlyUrl, description: description === name ? null : description },
    team: { name: team.name },
    name: bearer?.name ? { value: bearer.name, fixed: true } : { value: suggestedName, fixed: false },
    role: admission.role,
    may: { microphone, camera, screen },
    microphoneOnJoin: microphone && audio_on_join_enabled,
    cameraOnJoin: camera && video_on_join_enabled,
  };
}
