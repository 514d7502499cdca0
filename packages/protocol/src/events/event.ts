import { z } from 'zod';
import { ERROR_CODES } from '../errors.ts';
import { RoomId, SessionId, TeamId } from '../ids.ts';

/**
 * `session`: what happens in a meeting. `security`: who came in or was refused, and what guards the log itself.
 * `administration`: what owners, operators and the system change. Each is kept for its own time.
 */
export const EVENT_CATEGORIES = ['session', 'security', 'administration'] as const;
export const EventCategory = z.enum(EVENT_CATEGORIES);
export type EventCategory = z.infer<typeof EventCategory>;

/**
 * Who acted. `member`: an account of a team. `participant`: somebody in a room. `key`: a developer key. `operator`: somebody at the
 * host's shell. `system`: a job or process of Conclave. `agent`: a program of somebody else's, such as a SCIM directory.
 * `visitor`: nobody that is known yet.
 */
export const ACTOR_KINDS = ['member', 'participant', 'key', 'operator', 'system', 'agent', 'visitor'] as const;

/** How the actor had proved who they are when the thing was done. */
export const AUTHENTICATIONS = [
  'none',
  'password',
  'cookie',
  'owner-link',
  'developer-key',
  'room-link',
  'room-token',
  'invite',
  'resume-token',
  'capability',
  'shell',
  'process',
] as const;

export const Actor = z.strictObject({
  kind: z.enum(ACTOR_KINDS),
  /** The id of the account, participant or key; the name of the job; null for visitors. */
  id: z.string().max(64).nullable(),
  authenticatedBy: z.enum(AUTHENTICATIONS),
});
export type Actor = z.infer<typeof Actor>;

/** What an event is about, if that is something else than its room, session or team. */
export const TARGET_KINDS = [
  'member',
  'participant',
  'room',
  'team',
  'key',
  'producer',
  'message',
  'knock',
  'ban',
  'invite',
  'role',
  'rule',
  'alert',
  'person',
  'log',
] as const;
export const Target = z.strictObject({ kind: z.enum(TARGET_KINDS), id: z.string().max(64) });
export type Target = z.infer<typeof Target>;

/** The code of the refusal, or `done`. */
export const EventResult = z.enum(['done', ...ERROR_CODES]);
export type EventResult = z.infer<typeof EventResult>;

/**
 * The fields that say who somebody is. Each is stored encrypted under a key of its person and is hashed as it is stored, so that
 * destroying the key makes the person unreadable and leaves the log valid. `address` is under a key of its day, which is destroyed
 * after seven days unless configured otherwise; `network`, its /24 (IPv4) or /48 (IPv6), stays as long as the person's key.
 */
export const PERSONAL_FIELDS = ['name', 'formerName', 'email', 'externalId', 'address', 'network'] as const;
export type PersonalField = (typeof PERSONAL_FIELDS)[number];

/** `sealed`: nonce (12 bytes), ciphertext and tag (16 bytes) of AES-256-GCM in base64url; `key`: the id of the person's key. */
export const SealedValue = z.strictObject({ key: z.uuid(), sealed: z.string().regex(/^[A-Za-z0-9_-]{38,}$/) });

/**
 * An event as it is stored, hashed, exported and verified. The leaf of the Merkle tree (RFC 9162 §2.1) at index `seq` is the
 * SHA-256 of 0x00 and this object in canonical JSON (RFC 8785). Shapes of `data` by `name`: `names.ts`.
 */
export const Event = z.strictObject({
  v: z.literal(1),
  /** Position in the log, from 0, without gaps. */
  seq: z.int().min(0),
  id: z.uuid(),
  /** UTC with milliseconds, `2026-11-24T09:00:00.000Z`, by the clock of the server that did the thing. */
  time: z.iso.datetime({ precision: 3 }),
  category: EventCategory,
  /** `noun.past` */
  name: z.string().max(64),
  actor: Actor,
  target: Target.nullable(),
  team: TeamId.nullable(),
  room: RoomId.nullable(),
  session: SessionId.nullable(),
  result: EventResult,
  data: z.record(z.string(), z.json()),
  personal: z.partialRecord(z.enum(PERSONAL_FIELDS), SealedValue),
});
export type Event = z.infer<typeof Event>;
