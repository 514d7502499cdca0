import { AppError } from '@conclave/protocol/errors';
import type { RoomId, TeamId } from '@conclave/protocol/ids';
import { LIMITS } from '@conclave/protocol/limits';
import { RoomTokenClaims } from '@conclave/protocol/rest/rooms';
import type { RoleName } from '@conclave/protocol/roles';
import { compactVerify, errors, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import type { DeveloperKey } from './keys.ts';
import type { Roles } from './roles.ts';

/** JWS compact serialization (RFC 7515 §7.1) without the leniency of base64 decoders. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** What a room token is judged against. */
export interface TokenExpectation {
  team: { id: TeamId };
  room: { id: RoomId; friendlyUrl: string; settings: { roles: readonly string[]; default_role: string } };
  /** The team's roles. */
  roles: Roles;
  /** The team's developer keys; any of them may have signed. */
  keys: readonly string[];
  nowMs: number;
}

/** Who a valid room token says its bearer is. */
export interface TokenBearer {
  externalId: string | null;
  /** Fixed by the token; null: the person is asked. */
  name: string | null;
  initials: string | null;
  avatar: string | null;
  /** One of the room's roles; the room's default role when the token names none. */
  role: RoleName;
  breakoutId: string | null;
}

/**
 * Checks signature (HS256 and nothing else), times, team, room and role of a room token.
 * @throws AppError `token_invalid`, `token_expired`, `token_not_yet_valid`, `token_wrong_room`.
 * @see vectors/room-tokens.json
 */
export async function verifyRoomToken(token: string, expected: TokenExpectation): Promise<TokenBearer> {
  if (token.length > LIMITS.tokenLength || !COMPACT.test(token)) throw new AppError('token_invalid');
  const payload = await verifySignature(token, expected);
  const parsed = RoomTokenClaims.safeParse(payload);
  if (!parsed.success) throw new AppError('token_invalid', { cause: parsed.error });
  const claims = parsed.data;
  const { team, room, roles } = expected;
  const sameRoom = claims.rd.toLowerCase() === room.id || claims.rd.toLowerCase() === room.friendlyUrl.toLowerCase();
  if (claims.td.toLowerCase() !== team.id || !sameRoom) throw new AppError('token_wrong_room');
  return {
    externalId: claims.ud || null,
    name: claims.u?.trim() || null,
    initials: claims.initials || null,
    avatar: claims.avatar ?? null,
    role: roleIn(room.settings, roles, claims.role),
    breakoutId: claims.breakoutId ?? null,
  };
}

/** Which of the keys signed a token, whatever it says; null: none of them. */
export async function signerOf(token: string, keys: readonly DeveloperKey[]): Promise<DeveloperKey | null> {
  if (token.length > LIMITS.tokenLength || !COMPACT.test(token)) return null;
  for (const candidate of keys) {
    const isItsOwn = compactVerify(token, Buffer.from(candidate.key, 'utf8'), { algorithms: ['HS256'] }).then(
      () => true,
      () => false,
    );
    if (await isItsOwn) return candidate;
  }
  return null;
}

/** Signs claims as a room token, HS256; `iat` is the time given. */
export async function signRoomToken(claims: RoomTokenClaims, key: string, nowMs: number): Promise<string> {
  const payload: JWTPayload = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null && value !== undefined));
  return new SignJWT(payload)
    .setProtectedHeader({ typ: 'JWT', alg: 'HS256' })
    .setIssuedAt(Math.floor(nowMs / 1000))
    .sign(Buffer.from(key, 'utf8'));
}

/** Refused and never downgraded: a token whose role the room does not have is a mistake that must show. */
function roleIn(settings: TokenExpectation['room']['settings'], roles: Roles, reference: string | null | undefined): RoleName {
  const name = reference ? roles.find(reference)?.name : settings.default_role;
  if (name === undefined || !settings.roles.includes(name)) throw new AppError('token_invalid');
  return name;
}

async function verifySignature(token: string, { keys, nowMs }: TokenExpectation): Promise<JWTPayload> {
  for (const key of keys) {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, Buffer.from(key, 'utf8'), {
        algorithms: ['HS256'],
        currentDate: new Date(nowMs),
      });
      const typ: unknown = protectedHeader.typ ?? 'JWT'; // jose promises a string without checking
      if (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT') throw new AppError('token_invalid');
      return payload;
    } catch (error) {
      // Another of the team's keys may fit; every other fault is final.
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw refusalOf(error);
    }
  }
  throw new AppError('token_invalid');
}

function refusalOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof errors.JWTExpired) return new AppError('token_expired');
  const early = error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf' && error.reason === 'check_failed';
  if (early) return new AppError('token_not_yet_valid');
  if (error instanceof errors.JOSEError || error instanceof TypeError) return new AppError('token_invalid', { cause: error });
  return new AppError('internal', { cause: error });
}
