import { z } from 'zod';
import { OpaqueSecret } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { RtpCapabilities } from '../media-api/rtp.ts';
import { RoleName } from '../roles.ts';
import { PersonName } from './person.ts';

/** A room is named by its id or its friendly url. */
export const RoomRef = z.string().min(1).max(64);
export const RoomToken = z.string().min(1).max(LIMITS.tokenLength);
/** Of a room, not of an account: as people speak it. Compared after NFKC. */
export const RoomPassword = z
  .string()
  .min(1)
  .max(LIMITS.passwordLength)
  .refine((value) => value.isWellFormed() && !value.includes('\0'));

/** What somebody shows at the door. A token counts before an invite, an invite before the account one is signed in with. */
const shown = { room: RoomRef, token: RoomToken.optional(), invite: OpaqueSecret.optional() };

/** `POST /api/entry`: what the page must know before somebody joins. Nothing of the running session. */
export const EntryRequest = z.object(shown);
export const EntryReply = z.object({
  room: z.object({ name: z.string(), friendlyUrl: z.string(), description: z.string().nullable() }),
  team: z.object({ name: z.string() }),
  /** Fixed by the token or the invite, or by the account one is signed in with as a suggestion. */
  name: z.object({ value: z.string().nullable(), fixed: z.boolean() }),
  role: RoleName,
  /** A password must be given with `POST /api/join`. */
  needsPassword: z.boolean(),
  /** As things are now, one would wait until somebody lets one in. */
  waits: z.boolean(),
  /** Words of the room for those who wait. */
  lobbyMessage: z.string().nullable(),
  /** Which sources this person may send at all: the page offers only these. */
  may: z.object({ microphone: z.boolean(), camera: z.boolean(), screen: z.boolean() }),
  microphoneOnJoin: z.boolean(),
  cameraOnJoin: z.boolean(),
  /**
   * What every router of this installation can forward: fixed by its version, nothing of the session. Left out while the server
   * does not know it yet. With it a page can say in `room.join` what it decodes, which saves a round trip before the first frame.
   */
  routerRtpCapabilities: RtpCapabilities.optional(),
});
export type EntryReply = z.infer<typeof EntryReply>;

/** `POST /api/join`: a one-use ticket for `room.join`, valid 30 s. `name` is ignored when the token or the invite fixes one. */
export const JoinRequest = z.object({ ...shown, name: PersonName.optional(), password: RoomPassword.optional() });
export const JoinReply = z.object({ ticket: OpaqueSecret, expiresAtMs: z.int() });
export type JoinReply = z.infer<typeof JoinReply>;
