import { AppError } from '@conclave/protocol/errors';
import { InviteId, type TeamId } from '@conclave/protocol/ids';
import { LIMITS } from '@conclave/protocol/limits';
import type { Clock } from '@conclave/runtime/clock';
import type { Config } from '@conclave/runtime/config';
import { sql } from 'kysely';
import type { Team } from '../access/store.ts';
import type { Tx } from '../db/transaction.ts';
import { SERVER } from '../event-log/cause.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { oneLine, type Mail } from '../mail/message.ts';
import type { OnLeft, Outbox } from '../mail/outbox.ts';
import type { Room } from '../rooms/store.ts';
import { roomName } from '../rooms/views.ts';
import { calendarText, type CalendarEntry } from './calendar.ts';
import { cancellationText, invitationText, type InviteText } from './mail-text.ts';
import { mailOf, markMail, type InviteMail, type StoredInvite } from './store.ts';

export interface MailingDeps {
  readonly clock: Clock;
  readonly mail: Pick<Outbox, 'isConfigured' | 'queueMail' | 'takeBack'>;
  readonly config: Pick<Config, 'mailFrom' | 'host'>;
}

/** Between whom and about what. */
interface Mailing {
  readonly team: Team;
  readonly room: Room;
  readonly roomUrl: string;
  readonly invite: StoredInvite;
}

/** What a letter with a link is about, before the id. */
const ABOUT = 'invite ';
const DAY_MS = 24 * 3_600_000;

/**
 * Queues the mail with a new link; the invite says from then on that it waits. The link is in the outbox until the mail server has it.
 * @throws AppError `bad_request` without an address, `mail_not_configured`, `mail_limit_reached`
 */
export async function queueInvitation(
  deps: MailingDeps,
  tx: Tx,
  mailing: Mailing & { link: string; inviterName: string | null },
): Promise<void> {
  const { team, room, invite, link, inviterName } = mailing;
  if (invite.email === null) throw new AppError('bad_request', { details: { paths: ['email'] } });
  if (!deps.mail.isConfigured) throw new AppError('mail_not_configured');
  const mail: InviteMail = { ...mailOf(invite), state: 'waiting', sequence: mailOf(invite).sequence + 1 };
  const { name, max_persons: maxPersons } = invite;
  const expiresAtMs = invite.expires_at?.getTime() ?? null;
  const told = { ...mail, roomName: roomName(room), teamName: team.name, inviterName, name, link, maxPersons, expiresAtMs };
  const text = invitationText(told);
  await takePlace(tx, team.id, deps.clock.nowMs());
  await markMail(tx, invite.id, mail);
  await deps.mail.queueMail(tx, letter(deps, mailing, { method: 'REQUEST', to: invite.email, text, mail, url: link }));
}

/** Mails that wait with a link that is void by now are not sent. */
export async function takeBackInvitation(deps: MailingDeps, tx: Tx, invite: StoredInvite): Promise<void> {
  await deps.mail.takeBack(tx, aboutInvite(invite.id));
  const mail = mailOf(invite);
  if (mail.state === 'waiting') await markMail(tx, invite.id, { ...mail, state: 'none' });
}

/** Takes the invite out of the calendar of whoever may have it there. Mails with its link that still wait are not sent. */
export async function withdrawMail(deps: MailingDeps, tx: Tx, mailing: Mailing): Promise<void> {
  const { invite, team, room, roomUrl } = mailing;
  const mayHaveArrived = await deps.mail.takeBack(tx, aboutInvite(invite.id));
  const mail = mailOf(invite);
  const isInCalendar = mail.startsAtMs !== null && (invite.sent_at !== null || mayHaveArrived);
  if (invite.email === null || !isInCalendar || !deps.mail.isConfigured) {
    if (mail.state === 'waiting') await markMail(tx, invite.id, { ...mail, state: 'none' });
    return;
  }
  const next: InviteMail = { ...mail, state: mail.state === 'waiting' ? 'none' : mail.state, sequence: mail.sequence + 1 };
  const text = cancellationText({ ...mail, roomName: roomName(room), teamName: team.name, name: invite.name });
  await markMail(tx, invite.id, next);
  const { about: _about, ...cancellation } = letter(deps, mailing, { method: 'CANCEL', to: invite.email, text, mail: next, url: roomUrl });
  await deps.mail.queueMail(tx, cancellation);
}

/** Notes with the invite what became of its mail. */
export function noteInviteMail({ eventLog, clock }: { eventLog: EventLog; clock: Clock }): OnLeft {
  return async (tx, about, outcome) => {
    const id = InviteId.safeParse(about.slice(ABOUT.length));
    if (!about.startsWith(ABOUT) || !id.success) return;
    const invite = await tx
      .selectFrom('invites')
      .innerJoin('rooms', 'rooms.id', 'invites.room_id')
      .selectAll('invites')
      .select('rooms.team_id')
      .where('invites.id', '=', id.data)
      .forUpdate('invites')
      .executeTakeFirst();
    // The room was deleted meanwhile, and the invite with it.
    if (!invite) return;
    const sentAtMs = outcome === 'sent' ? clock.nowMs() : null;
    await markMail(tx, invite.id, { ...mailOf(invite), state: outcome === 'sent' ? 'sent' : 'failed' }, sentAtMs);
    const name = outcome === 'sent' ? 'invite.sent' : 'invite.mail_failed';
    const target = { kind: 'invite', id: invite.id } as const;
    await eventLog.append(tx, { name, by: SERVER, team: invite.team_id, room: invite.room_id, target, data: {} });
  };
}

interface Writing {
  readonly method: CalendarEntry['method'];
  readonly to: string;
  readonly text: InviteText;
  readonly mail: InviteMail;
  readonly url: string;
}

function letter({ clock, config }: MailingDeps, { team, invite, room }: Mailing, { method, to, text, mail, url }: Writing): Mail {
  const plain = { to, subject: text.subject, text: text.text, about: aboutInvite(invite.id) };
  const { startsAtMs, durationMinutes, sequence } = mail;
  if (startsAtMs === null) return plain;
  const entry: CalendarEntry = {
    method,
    uid: `${invite.id}@${config.host}`,
    sequence,
    writtenAtMs: clock.nowMs(),
    startsAtMs,
    durationMinutes,
    summary: oneLine(roomName(room)),
    description: text.description,
    url,
    organizer: { name: oneLine(team.name), email: config.mailFrom },
    attendee: { name: invite.name && oneLine(invite.name), email: to },
  };
  return { ...plain, calendar: { method, text: calendarText(entry) } };
}

/** Counts one mail of the team in PostgreSQL, one after another for everybody. @throws AppError `mail_limit_reached` */
async function takePlace(tx: Tx, teamId: TeamId, nowMs: number): Promise<void> {
  // Held until the transaction ends; taken last, so that nobody waits for anything else while they have it.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`invite mails of ${teamId}`}, 0))`.execute(tx);
  const ofTeam = tx.selectFrom('invite_mails').where('team_id', '=', teamId);
  await tx
    .deleteFrom('invite_mails')
    .where('team_id', '=', teamId)
    .where('queued_at', '<=', new Date(nowMs - DAY_MS))
    .execute();
  const sent = await ofTeam.select('queued_at').orderBy('queued_at').limit(LIMITS.inviteMailsPerDay).execute();
  const oldest = sent[0];
  if (oldest && sent.length >= LIMITS.inviteMailsPerDay)
    throw new AppError('mail_limit_reached', { details: { retryAfterMs: oldest.queued_at.getTime() + DAY_MS - nowMs } });
  await tx
    .insertInto('invite_mails')
    .values({ team_id: teamId, queued_at: new Date(nowMs) })
    .execute();
}

function aboutInvite(id: InviteId): string {
  return `${ABOUT}${id}`;
}
