import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { RoleName } from '../roles.ts';
import { PersonName } from './person.ts';

/** A mail address that fits one header line: no white space, no control characters, at most 254 characters (RFC 5321 §4.5.3.1). */
export const MailAddress = z.email().max(254);

/** A personal invite. `sendMail` needs an `email`. */
export const InviteRequest = z.strictObject({
  /** Who is meant; they enter under this name. null: they are asked. */
  name: PersonName.nullable().default(null),
  email: MailAddress.nullable().default(null),
  /** One of the room's roles; null: the default role. */
  role: RoleName.nullable().default(null),
  /** Milliseconds since 1970; null: as long as the room. */
  expiresAtMs: z.int().min(0).nullable().default(null),
  /** How many people may use it, each as often as they like. */
  maxPersons: z.int().min(1).max(LIMITS.personsPerInvite).default(1),
  sendMail: z.boolean().default(false),
  /** When the meeting begins, for the calendar entry of the mail; null: none is attached. */
  startsAtMs: z.int().min(0).nullable().default(null),
  durationMinutes: z.int().min(5).max(1440).default(60),
  /** In which language the mail is. */
  language: z.enum(['en', 'de']).default('en'),
});
export type InviteRequest = z.infer<typeof InviteRequest>;
