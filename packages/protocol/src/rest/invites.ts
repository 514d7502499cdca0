import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { RoleName } from '../roles.ts';
import { InviteView } from '../signalling/views.ts';
import { PersonName } from './person.ts';

/**
 * A mail address that fits one header line: no white space, no control characters, at most 64 characters before the `@` and 254 in
 * all (RFC 5321 §4.5.3.1).
 */
export const MailAddress = z
  .email()
  .max(254)
  .refine((address) => address.indexOf('@') <= 64, 'must have at most 64 characters before the @');

/** Milliseconds since 1970, until the end of the year 9999. */
const Moment = z.int().min(0).max(253_402_300_799_999);

/** A time zone of the IANA data base that this run time knows, such as `Europe/Berlin`. */
const TimeZone = z
  .string()
  .max(64)
  .refine((name) => isTimeZone(name), 'must be a time zone');

/** A personal invite. `sendMail` needs an `email`. */
export const InviteRequest = z.strictObject({
  /** Who is meant; they enter under this name. null: they are asked. */
  name: PersonName.nullable().default(null),
  email: MailAddress.nullable().default(null),
  /** One of the room's roles; null: the default role. */
  role: RoleName.nullable().default(null),
  /** Milliseconds since 1970; null: as long as the room. */
  expiresAtMs: Moment.nullable().default(null),
  /** How many people may use it, each as often as they like. */
  maxPersons: z.int().min(1).max(LIMITS.personsPerInvite).default(1),
  sendMail: z.boolean().default(false),
  /** When the meeting begins, for the calendar entry of the mail; null: none is attached. */
  startsAtMs: Moment.nullable().default(null),
  durationMinutes: z.int().min(5).max(1440).default(60),
  /** In which language the mail is, and in which time zone it names times. */
  language: z.enum(['en', 'de']).default('en'),
  timeZone: TimeZone.default('UTC'),
});
export type InviteRequest = z.infer<typeof InviteRequest>;

/** `POST /rooms/{room}/invites`: the same; what is unknown is ignored there. */
export const InviteBody = z.object(InviteRequest.shape);

/** `POST /rooms/{room}/invites/{invite}/renew`. `sendMail`: to its address, if it has one and mail is configured. */
export const RenewBody = z.object({ sendMail: z.boolean().default(true) });

/** An invite and its link, which is shown this once. */
export const GivenInvite = z.object({ invite: InviteView, link: z.url() });
export type GivenInvite = z.infer<typeof GivenInvite>;

/** `GET /rooms/{room}/invites`, the newest first. */
export const InviteList = z.object({
  data: z.array(InviteView),
  total_count: z.int().min(0),
  /** Whether invites can be sent by mail: a mail server is configured. */
  mayMail: z.boolean(),
});
export type InviteList = z.infer<typeof InviteList>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
