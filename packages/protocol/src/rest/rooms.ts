import { z } from 'zod';
import { RoomId, TeamId } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { RoleName } from '../roles.ts';

/** How many rows a list returns at most, and by default. */
export const PAGE_SIZE = 100;

/** `?limit&offset&order&after` of every list; `after` is the id (for rooms also the friendly url) of the last row one has. */
export const PageQuery = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .catch(PAGE_SIZE)
    .default(PAGE_SIZE)
    .transform((limit) => Math.min(limit, PAGE_SIZE)),
  offset: z.coerce.number().int().min(0).max(1_000_000).catch(0).default(0),
  order: z.enum(['asc', 'desc']).catch('desc').default('desc'),
  after: z.string().max(64).optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

const tags = z.union([z.string(), z.array(z.string())]).optional();
/** `GET /rooms`: `tag=a,b` or repeated `tag[]=a`; a room with any of them is listed. */
export const RoomsQuery = PageQuery.extend({ tag: tags, 'tag[]': tags });

/** A role as rooms name it. */
export const RoomRole = z.looseObject({ name: RoleName, display_name: z.string() });
export type RoomRole = z.infer<typeof RoomRole>;

/** The part of a room that others may rely on; every setting stands beside these. */
export const RoomHead = z.looseObject({
  id: RoomId,
  room_url: z.url(),
  friendly_url: z.string(),
  privacy: z.enum(['public', 'private']),
  description: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  /** In the order of the room. */
  roles: z.array(RoomRole).optional(),
  default_role: RoomRole.optional(),
  /** Whether newcomers wait until they are let in. */
  is_locked: z.boolean().optional(),
  has_password: z.boolean().optional(),
});
export type RoomHead = z.infer<typeof RoomHead>;

const shortText = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'));
const webPicture = z.url({ protocol: /^https$/ }).max(2000);

/**
 * The claims of a room token (HS256, signed with a developer key of the team). Unknown claims are ignored.
 * `td` team, `rd` room (id or friendly url), `ud` the integrator's id of the person, `u` name; times in Unix seconds.
 */
export const RoomTokenClaims = z.object({
  td: TeamId,
  rd: z.string().min(1).max(64),
  ud: shortText(255).nullish(),
  u: shortText(LIMITS.nameLength).nullish(),
  initials: shortText(10).nullish(),
  role: z.string().min(1).max(36).nullish(),
  breakoutId: z.uuid().nullish(),
  avatar: webPicture.nullish(),
  iat: z.int().min(0).optional(),
  nbf: z.int().min(0).optional(),
  exp: z.int().min(0).optional(),
});
export type RoomTokenClaims = z.infer<typeof RoomTokenClaims>;

/** `POST /rooms/{room}/token`. Times are Unix seconds, dates, or for `exp` minutes from now (numbers up to ten million). */
export const TokenRequest = z.object({
  ud: z.preprocess((value) => (typeof value === 'number' ? String(value) : value), RoomTokenClaims.shape.ud),
  u: RoomTokenClaims.shape.u,
  initials: RoomTokenClaims.shape.initials,
  role: RoomTokenClaims.shape.role,
  breakoutId: RoomTokenClaims.shape.breakoutId,
  avatar: RoomTokenClaims.shape.avatar,
  nbf: z.union([z.number(), z.string().max(40)]).nullish(),
  exp: z.union([z.number(), z.string().max(40)]).nullish(),
});
export type TokenRequest = z.infer<typeof TokenRequest>;

export const TokenReply = z.object({ token: z.string(), link: z.url() });

/** `DELETE /rooms/{room}`: usually without a body. */
export const DeleteRoomRequest = z.object({
  delete_resources: z.boolean().optional(),
  delete_history: z.boolean().optional(),
  delete_library: z.boolean().optional(),
});

export const LiveRoom = z.object({
  id: RoomId,
  external_id: z.string().nullable(),
  start_time: z.string(),
  /** Seconds. */
  session_duration: z.int(),
  live_participants: z.int(),
});

/** The envelope of every list. The public interface gives the count as text in some and as a number in others. */
const listOf = <T extends z.ZodType>(row: T) =>
  z.object({ data: z.array(row), total_count: z.union([z.string().regex(/^\d+$/), z.int().min(0)]) });
export const RoomList = listOf(RoomHead);
export const LiveRoomList = listOf(LiveRoom);
