import { AppError } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import { EntryRequest, JoinRequest, type EntryReply, type JoinReply } from '@conclave/protocol/rest/join';
import type { RoleName } from '@conclave/protocol/roles';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { findSignedIn, refuseForeignOrigin } from '../access/authenticate.ts';
import { revokedKeys, signingKeys } from '../access/keys.ts';
import { learn } from '../access/known.ts';
import { createAddressLimit } from '../access/limits.ts';
import { grantsOf, loadRoles, permissionsOf } from '../access/roles.ts';
import { signerOf, verifyRoomToken, type TokenBearer } from '../access/room-token.ts';
import { findTeamByHost, type Member, type Team } from '../access/store.ts';
import type { ServerContext } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { deviceOf } from '../doors/device.ts';
import { createGuessQueue } from '../doors/guess-queue.ts';
import { findInvite } from '../doors/invites.ts';
import { createRoomPasswords, type RoomPasswords } from '../doors/passwords.ts';
import type { Cause } from '../event-log/cause.ts';
import type { MediaClient } from '../media-link/client.ts';
import { lookAtEntrance, personOf, type Entrance } from './entrance.ts';
import { decideEntry, needsPassword, type Credential } from './entry.ts';
import { enteredBy } from './joining.ts';
import type { LiveRegistry } from './live-rooms.ts';
import { findRoom, type Room } from './store.ts';
import { issueTicket, type TicketClaims } from './tickets.ts';
import { roomName } from './views.ts';

type Context = ServerContext & Pick<MediaClient, 'routerRtpCapabilities'> & { readonly live: LiveRegistry };

type Asked = { room: string; token?: string | undefined; invite?: string | undefined };

interface AtDoor {
  readonly team: Team;
  readonly entrance: Entrance;
  /** The name of the account that they are signed in with. */
  readonly suggestedName: string | null;
}

/** What the page asks before a participant exists: what it must know to show the door, and a ticket to pass it. */
export async function joinRoutes(app: HttpsServer, ctx: Context): Promise<void> {
  // Wide enough for a whole company behind one address, and too narrow to keep the database busy with.
  const limit = createAddressLimit(LIMITS.joinRequestsPerMinute);
  const passwords = createRoomPasswords(ctx.db);
  const guesses = createGuessQueue(ctx.clock);
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    refuseForeignOrigin(request);
    await limit(request.ip);
  });

  app.post('/api/entry', async (request, reply): Promise<EntryReply> => {
    const door = await findDoor(ctx, request, reply, EntryRequest.parse(request.body));
    // The page asks for the password; it is checked when somebody joins.
    const decision = decideEntry({ ...door.entrance.facts, passwordShown: true });
    if (decision.kind === 'refuse') throw new AppError(decision.code);
    return { ...presentEntry(door, decision), ...knownRouter(ctx) };
  });

  app.post('/api/join', async (request, reply): Promise<JoinReply> => {
    const asked = JoinRequest.parse(request.body);
    return asked.password === undefined ? join(request, reply, asked) : guesses.run(request.ip, () => join(request, reply, asked));
  });

  async function join(request: FastifyRequest, reply: FastifyReply, asked: ReturnType<typeof JoinRequest.parse>): Promise<JoinReply> {
    const { team, entrance } = await findDoor(ctx, request, reply, asked);
    const { room, visitor } = entrance;
    const name = fixedName(visitor.credential) ?? asked.name;
    if (name === undefined) throw new AppError('bad_request', { details: { paths: ['name'] } });
    const passwordVersion = await showPassword(passwords, entrance, asked.password);
    const decision = decideEntry({ ...entrance.facts, passwordShown: passwordVersion !== null });
    if (decision.kind === 'refuse') throw new AppError(decision.code);
    const { credential, userId, deviceId } = visitor;
    const person = personOf(ctx, room, visitor);
    return inTransaction(ctx.db, async (tx) => {
      const claims: TicketClaims = { name, credential, userId, deviceId, passwordVersion, knockId: null };
      const issued = await issueTicket(tx, { roomId: room.id, claims, nowMs: ctx.clock.nowMs() });
      const externalId = credential.kind === 'token' ? credential.bearer.externalId : null;
      await ctx.eventLog.append(tx, {
        name: 'ticket.issued',
        by: newcomerCause(credential, request.ip),
        team: team.id,
        room: room.id,
        // A name alone belongs to nobody whose key could be destroyed; `participant.joined` has it.
        ...(person && { person, personal: { name, externalId } }),
        data: { expiresAtMs: issued.expiresAtMs },
      });
      return issued;
    });
  }
}

async function findDoor(ctx: Context, request: FastifyRequest, reply: FastifyReply, asked: Asked): Promise<AtDoor> {
  const team = await findTeamByHost(ctx.db, ctx.origin, request.headers.host);
  const room = team && (await findRoom(ctx.db, team, asked.room));
  learn(request, { team: team?.id ?? null, room: room?.id ?? null });
  if (!room) throw new AppError('not_found');
  const member = await findSignedIn(ctx.db, ctx.access, request);
  const credential = await readCredential(ctx, request, { asked, team, room, member });
  learn(request, { by: newcomerCause(credential, request.ip) });
  const visitor = { credential, userId: member?.userId ?? null, deviceId: deviceOf(request, reply, ctx.access.keys), address: request.ip };
  const entrance = await lookAtEntrance(ctx, room, visitor, { passwordShown: false, isLetIn: false });
  return { team, entrance, suggestedName: member?.name ?? null };
}

interface AtRoom {
  readonly asked: Asked;
  readonly team: Team;
  readonly room: Room;
  readonly member: Member | null;
}

/** What is shown, verified. A token counts before an invite, an invite before an account, and that only where it belongs to the team. */
async function readCredential(ctx: Context, request: FastifyRequest, { asked, team, room, member }: AtRoom): Promise<Credential> {
  const nowMs = ctx.clock.nowMs();
  if (asked.token !== undefined) return { kind: 'token', bearer: await readToken(ctx, request, { token: asked.token, team, room, nowMs }) };
  if (asked.invite !== undefined) {
    const invite = await findInvite(ctx.db, room, asked.invite);
    if (!invite) throw new AppError('invite_invalid');
    return { kind: 'invite', ...invite };
  }
  if (member?.team.id === team.id) return { kind: 'account', userId: member.userId, name: member.name, teamRole: member.role };
  return { kind: 'link' };
}

/** Which password of the room was shown: its version, or null where none was needed or given. @throws AppError `password_wrong` */
async function showPassword(
  passwords: RoomPasswords,
  { room, facts, visitor }: Entrance,
  password: string | undefined,
): Promise<number | null> {
  // Who would be refused anyway learns nothing about the password.
  const otherwise = decideEntry({ ...facts, passwordShown: true });
  if (otherwise.kind === 'refuse') throw new AppError(otherwise.code);
  if (!needsPassword(facts) || password === undefined) return null;
  const { address, deviceId } = visitor;
  await passwords.verify({ room, password, address: address ?? '', deviceId: deviceId ?? '' });
  return room.passwordVersion;
}

/** Who a room token says its bearer is. That a revoked key signed it is no excuse, but it is told to those who read the log. */
async function readToken(
  ctx: Context,
  request: FastifyRequest,
  { token, team, room, nowMs }: { token: string; team: Team; room: Room; nowMs: number },
): Promise<TokenBearer> {
  const { sealing } = ctx.access.keys;
  try {
    const [keys, roles] = [await signingKeys(ctx.db, sealing, team.id), await loadRoles(ctx.db, team.id)];
    return await verifyRoomToken(token, { team, room, roles, keys, nowMs });
  } catch (error) {
    if (error instanceof AppError && error.code === 'token_invalid') {
      const signer = await signerOf(token, await revokedKeys(ctx.db, sealing, team.id));
      if (signer) learn(request, { reason: 'key_revoked', target: { kind: 'key', id: signer.keyId } });
    }
    throw error;
  }
}

/** What somebody does who stands at the door with what they showed. */
function newcomerCause(credential: Credential, address: string): Cause {
  const shown = enteredBy(credential);
  return { actor: { kind: 'visitor', id: null, authenticatedBy: shown === 'account' ? 'cookie' : shown }, person: null, address };
}

function fixedName(credential: Credential): string | null {
  if (credential.kind === 'token') return credential.bearer.name;
  return credential.kind === 'invite' ? credential.name : null;
}

/** Lets a page prepare its decoders before it joins. */
function knownRouter(ctx: Context): Pick<EntryReply, 'routerRtpCapabilities'> {
  const routerRtpCapabilities = ctx.routerRtpCapabilities();
  return routerRtpCapabilities ? { routerRtpCapabilities } : {};
}

function presentEntry({ team, entrance, suggestedName }: AtDoor, { kind, role }: { kind: 'enter' | 'wait'; role: RoleName }): EntryReply {
  const { room, facts, visitor } = entrance;
  const { settings } = room;
  const permissions = permissionsOf(facts.roles.find(role)?.permissions ?? {}, settings);
  const { microphone, camera, screen } = grantsOf(permissions, settings);
  const name = roomName(room);
  const fixed = fixedName(visitor.credential);
  return {
    room: { name, friendlyUrl: room.friendlyUrl, description: settings.description === name ? null : settings.description },
    team: { name: team.name },
    name: { value: fixed ?? suggestedName, fixed: fixed !== null },
    role,
    needsPassword: needsPassword(facts),
    waits: kind === 'wait',
    lobbyMessage: settings.lobby_message,
    may: { microphone, camera, screen },
    microphoneOnJoin: microphone && settings.audio_on_join_enabled,
    cameraOnJoin: camera && settings.video_on_join_enabled,
  };
}
