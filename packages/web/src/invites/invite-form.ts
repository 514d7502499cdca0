import { LIMITS } from '@conclave/protocol/limits';
import { MailAddress, type InviteRequest } from '@conclave/protocol/rest/invites';

/** What is in the fields. */
export interface InviteFields {
  name: string;
  email: string;
  sendMail: boolean;
  role: string;
  persons: string;
  /** Days; '' means as long as the room. */
  expiry: string;
  /** As `datetime-local` has it, in the time of this device; '' means none. */
  date: string;
  durationMinutes: string;
  language: InviteRequest['language'];
}

type FieldFault = 'emailWrong' | 'personsWrong' | 'dateLate' | 'datePast';
export type Faults = Partial<Record<keyof InviteFields, FieldFault>>;

export const EXPIRY_DAYS = [1, 7, 30] as const;
export const DURATIONS_MINUTES = [15, 30, 45, 60, 90, 120, 240] as const;
const DAY_MS = 24 * 3_600_000;

export function emptyFields(role: string, language: InviteRequest['language']): InviteFields {
  return { name: '', email: '', sendMail: false, role, persons: '1', expiry: '7', date: '', durationMinutes: '60', language };
}

/** The request that the fields stand for, or what is wrong with them. A date counts for the mail alone. */
export function readFields(
  fields: InviteFields,
  { nowMs, timeZone }: { nowMs: number; timeZone: string },
): { ok: true; request: InviteRequest } | { ok: false; faults: Faults } {
  const faults: Faults = {};
  const email = fields.sendMail ? fields.email.trim() : '';
  if (fields.sendMail && !MailAddress.safeParse(email).success) faults.email = 'emailWrong';
  const maxPersons = Number(fields.persons);
  if (!Number.isInteger(maxPersons) || maxPersons < 1 || maxPersons > LIMITS.personsPerInvite) faults.persons = 'personsWrong';
  const expiresAtMs = fields.expiry === '' ? null : nowMs + Number(fields.expiry) * DAY_MS;
  const startsAtMs = fields.sendMail && fields.date !== '' ? new Date(fields.date).getTime() : null;
  if (startsAtMs !== null && startsAtMs <= nowMs) faults.date = 'datePast';
  else if (startsAtMs !== null && expiresAtMs !== null && startsAtMs >= expiresAtMs) faults.date = 'dateLate';
  if (Object.keys(faults).length > 0) return { ok: false, faults };
  const name = fields.name.trim();
  return {
    ok: true,
    request: {
      name: name === '' ? null : name,
      email: email === '' ? null : email,
      role: fields.role,
      expiresAtMs,
      maxPersons,
      sendMail: fields.sendMail,
      startsAtMs,
      durationMinutes: Number(fields.durationMinutes),
      language: fields.language,
      timeZone,
    },
  };
}
