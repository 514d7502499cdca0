import { isEventName } from '@conclave/protocol/events/names';
import type { EventView } from '@conclave/protocol/rest/log';
import type { TFunction } from 'i18next';

export type LogT = TFunction<'log'>;

/** `erased`: there was a name, and its key was destroyed. `unknown`: the event does not say it. */
export type Person = { kind: 'named'; name: string } | { kind: 'erased' } | { kind: 'unknown' };

/** A piece of a sentence: words of ours, or a place where something of the event stands. */
export type SentencePart =
  | { kind: 'words'; text: string }
  | { kind: 'actor' }
  | { kind: 'room' }
  | { kind: 'person'; person: Person }
  /** A member or participant whom the event is about, and who is named elsewhere. */
  | { kind: 'target'; id: string }
  /** A word of the event that is not a person's: a request, a version. */
  | { kind: 'value'; text: string };

/** Events that are said in more than one way, and what in their data decides. */
const VARIANT_BY: Readonly<Record<string, readonly string[]>> = {
  'session.ended': ['reason'],
  'participant.resumed': ['keptMedia'],
  'participant.left': ['reason'],
  'participant.muted': ['source'],
  'participant.asked_to_unmute': ['source'],
  'message.deleted': ['isOwn'],
  'message.reacted': ['on'],
  'knock.left': ['reason'],
  'ban.created': ['lasts'],
  'room_password.changed': ['isSet'],
  'producer.opened': ['source'],
  'producer.paused': ['source'],
  'producer.resumed': ['source'],
  'producer.closed': ['source'],
  'member.signed_in': ['remembered'],
  'request.refused': ['reason', 'door'],
  'log.exported': ['readable'],
};

/** Keys under which the sentence of an event is looked for, the most exact first. */
export function sentenceKeys({ name, data }: Pick<EventView, 'name' | 'data'>): string[] {
  if (!isEventName(name)) return ['said.unknown'];
  const fields = VARIANT_BY[name];
  const variants = fields?.flatMap((field) => variantOf(data[field])) ?? [];
  return fields ? [...variants, 'other'].map((variant) => `said.${name}.${variant}`) : [`said.${name}`];
}

function variantOf(value: unknown): string[] {
  return typeof value === 'string' || typeof value === 'boolean' ? [String(value)] : [];
}

/** Whose name the event's `name` is: of these it is not who acted. */
const NAMES_SOMEBODY_ELSE: ReadonlySet<string> = new Set([
  'room_token.issued',
  'person.erased',
  'knock.admitted',
  'knock.turned_away',
  'ban.created',
  'ban.lifted',
  'invite.created',
  'invite.renewed',
  'invite.revoked',
  'invite.sent',
  'invite.mail_failed',
]);

/** Who acted, as far as this event itself says. */
export function actorOf(event: EventView): Person {
  return NAMES_SOMEBODY_ELSE.has(event.name) || otherParticipant(event) ? { kind: 'unknown' } : personOf(event.personal.name);
}

/** The participant to whom somebody else did this; null: nobody did anything to somebody else. */
export function otherParticipant({ actor, target }: Pick<EventView, 'actor' | 'target'>): string | null {
  return target?.kind === 'participant' && target.id !== actor.id ? target.id : null;
}

/** What a personal field says. */
export function personOf(value: string | null | undefined): Person {
  if (value === undefined) return { kind: 'unknown' };
  return value === null ? { kind: 'erased' } : { kind: 'named', name: value };
}

const SLOTS = [
  'actor',
  'event',
  'room',
  'name',
  'formerName',
  'guest',
  'email',
  'verb',
  'role',
  'rule',
  'day',
  'version',
  'teamName',
  'roleName',
  'target',
  'before',
  'after',
] as const;
type Slot = (typeof SLOTS)[number];
const MARKS = Object.fromEntries(SLOTS.map((slot) => [slot, `\u0001${slot}\u0002`])) as Record<Slot, string>; // made of SLOTS
// oxlint-disable-next-line no-control-regex -- chosen because no text of ours has them
const MARK = /\u0001(\w+)\u0002/;

/**
 * An event as a sentence in pieces. Names and other words from outside never pass through the translation, so that nothing in them
 * can be read as a placeholder or as mark-up.
 */
export function sentenceParts(t: LogT, event: EventView): SentencePart[] {
  // sentences.test.ts looks each of them up, in both languages.
  const keys = sentenceKeys(event) as 'said.unknown'[];
  const text = t(keys, MARKS);
  return text.split(MARK).flatMap((piece, index): SentencePart[] => {
    if (index % 2 === 1) return [slotOf(t, event, piece)];
    return piece === '' ? [] : [{ kind: 'words', text: piece }];
  });
}

function slotOf(t: LogT, event: EventView, slot: string): SentencePart {
  const { personal, data } = event;
  switch (slot) {
    case 'actor':
      return { kind: 'actor' };
    case 'room':
      return { kind: 'room' };
    case 'name':
      return { kind: 'person', person: personOf(personal.name) };
    case 'formerName':
      return { kind: 'person', person: personOf(personal.formerName) };
    case 'guest':
      return personal.name === undefined ? { kind: 'words', text: t('who.visitor') } : { kind: 'person', person: personOf(personal.name) };
    case 'email':
      if (personal.email !== undefined) return { kind: 'person', person: personOf(personal.email) };
      return event.target?.kind === 'member' ? { kind: 'target', id: event.target.id } : { kind: 'words', text: t('who.nobody') };
    case 'target':
      return event.target?.kind === 'participant' ? { kind: 'target', id: event.target.id } : { kind: 'actor' };
    case 'before':
    case 'after':
      return { kind: 'words', text: roleText(t, data[slot]) };
    case 'event':
      return { kind: 'value', text: event.name };
    case 'role':
      return { kind: 'words', text: roleText(t, data['role']) };
    case 'rule':
      return { kind: 'words', text: ruleText(t, data['rule'] ?? event.target?.id, 'title') };
    default:
      return { kind: 'value', text: plain(slot === 'teamName' || slot === 'roleName' ? data['name'] : data[slot]) };
  }
}

function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '–';
}

function roleText(t: LogT, role: unknown): string {
  return role === 'moderator' || role === 'speaker' || role === 'attendee' ? t(`role.${role}`) : plain(role);
}

/** What a rule is called, means or asks for, also for rules that this page does not know. */
export function ruleText(t: LogT, id: unknown, what: 'title' | 'meaning' | 'todo'): string {
  const known = [`rule.${plain(id)}.${what}`, `rule.other.${what}`] as 'rule.other.title'[]; // where the first is not there, the second is
  return t(known, { id: plain(id) });
}
