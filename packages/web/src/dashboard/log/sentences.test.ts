import { EVENT_NAMES, EVENTS } from '@conclave/protocol/events/names';
import { RoomId } from '@conclave/protocol/ids';
import type { EventView } from '@conclave/protocol/rest/log';
import i18next from 'i18next';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { log as german } from '../../ui/strings/de/log.ts';
import { log as english } from '../../ui/strings/en/log.ts';
import { learnNames } from './actor-names.ts';
import { actorOf, sentenceKeys, sentenceParts, type LogT, type SentencePart } from './sentences.ts';

const texts = i18next.createInstance();
await texts.init({
  lng: 'en',
  fallbackLng: false,
  resources: { en: { log: english }, de: { log: german } },
  interpolation: { escapeValue: false },
});
const inLanguage = (language: 'en' | 'de'): LogT => texts.getFixedT(language, 'log');

const event = (name: string, more: Partial<EventView> = {}): EventView => ({
  seq: 7,
  id: '00000000-0000-4000-8000-000000000001',
  time: '2026-11-24T09:00:00.000Z',
  category: 'session',
  name,
  actor: { kind: 'participant', id: 'p', authenticatedBy: 'room-link' },
  target: null,
  team: null,
  room: RoomId.parse('00000000-0000-4000-8000-000000000002'),
  session: null,
  result: 'done',
  data: {},
  personal: { name: 'Ada' },
  ...more,
});
const shown = (part: SentencePart): string => {
  switch (part.kind) {
    case 'words':
    case 'value':
      return part.text;
    case 'person':
      return part.person.kind === 'named' ? part.person.name : `[${part.person.kind}]`;
    default:
      return `<${part.kind}>`;
  }
};
const say = (told: EventView, language: 'en' | 'de' = 'en') => sentenceParts(inLanguage(language), told).map(shown).join('');

/** Every value that the fields which decide about a sentence can have, from the schemas. */
function variantsOf(name: (typeof EVENT_NAMES)[number]): EventView['data'][] {
  const shape: Record<string, z.ZodType> = EVENTS[name].data.shape;
  const lists = Object.entries(shape).flatMap(([field, schema]): EventView['data'][] => {
    const inner = schema.def.type === 'optional' ? (schema as z.ZodOptional<z.ZodType>).def.innerType : schema; // its type says so
    if (inner.def.type === 'boolean') return [true, false].map((value) => ({ [field]: value }));
    if (inner.def.type === 'enum') return (inner as z.ZodEnum<Record<string, string>>).options.map((value) => ({ [field]: value })); // as above
    return [];
  });
  return [{}, ...lists];
}
const ALL = EVENT_NAMES.flatMap((name) => variantsOf(name).map((data) => [name, JSON.stringify(data), data] as const));

describe.each(['en', 'de'] as const)('in %s', (language) => {
  test.each(ALL)('%s with %s has a sentence', (name, _title, data) => {
    const sentence = say(event(name, { data }), language);
    expect(sentence).toMatch(/^\S.{5,}[.]$/);
    expect(sentence).not.toMatch(/said\.|\{\{/);
  });
  test.each(ALL)('%s with %s is said by a text of its own', (name, _title, data) => {
    const [first] = sentenceKeys(event(name, { data }));
    expect(texts.exists(`log:${first}`, { lng: language })).toBe(true);
    expect(first).toContain(name);
  });
  test.each(EVENT_NAMES)('the filter has a name for %s', (name) => {
    expect(texts.exists(`log:eventName.${name}`, { lng: language })).toBe(true);
  });
  test('an event that this page does not know is told by its name', () =>
    expect(say(event('poll.opened'), language)).toBe('<actor>: poll.opened'));
});

describe('the sentence of an event', () => {
  test('names who acted, and the variant that the data asks for', () => {
    expect(say(event('participant.left', { data: { reason: 'connection_lost' } }))).toBe(
      '<actor> lost the connection and did not come back.',
    );
    expect(say(event('participant.left', { data: { reason: 'abducted' } }))).toBe('<actor> is no longer in the meeting.');
    expect(say(event('participant.joined', { data: { role: 'moderator' } }), 'de')).toBe('<actor> ist als Moderation beigetreten.');
    expect(say(event('request.refused', { data: { door: 'rest', verb: 'POST /api/v1/rooms', count: 1 } }))).toBe(
      '<actor> asked for POST /api/v1/rooms and was refused.',
    );
  });
  test('shows names exactly, whatever is in them', () => {
    const name = '{{actor}} <b>$t(who.erased)</b> \u0001email\u0002';
    expect(say(event('participant.renamed', { personal: { name, formerName: 'Bo' } }))).toBe(`Bo is now called ${name}.`);
    expect(say(event('request.refused', { data: { door: 'rest', verb: name, count: 1 } }))).toBe(
      `<actor> asked for ${name} and was refused.`,
    );
  });
  test('names both, who acted and the participant to whom it was done', () => {
    const done = { target: { kind: 'participant' as const, id: 'q' }, personal: {} };
    expect(say(event('participant.left', { ...done, data: { reason: 'banned' } }))).toBe(
      '<actor> removed <target> from the meeting with a ban.',
    );
    expect(say(event('participant.role_changed', { ...done, data: { before: 'attendee', after: 'pilot' } }))).toBe(
      '<actor> changed the role of <target> from attendee to pilot.',
    );
    const renamed = event('participant.renamed', { ...done, personal: { name: 'Bea', formerName: 'Bo' } });
    expect([say(renamed), actorOf(renamed)]).toEqual(['Bo is now called Bea.', { kind: 'unknown' }]);
    expect([...learnNames(new Map(), [renamed])]).toEqual([['q', [{ seq: 7, person: { kind: 'named', name: 'Bea' } }]]]);
  });
  test('tells the erased from the unknown', () => {
    expect(say(event('participant.renamed', { personal: { name: null, formerName: null } }))).toBe('[erased] is now called [erased].');
    expect(actorOf(event('participant.left', { personal: {} }))).toEqual({ kind: 'unknown' });
    expect(actorOf(event('participant.left', { personal: { name: null } }))).toEqual({ kind: 'erased' });
  });
  test('an invitation names its guest, not who made it', () => {
    const issued = event('room_token.issued');
    expect(actorOf(issued)).toEqual({ kind: 'unknown' });
    expect(say(issued)).toBe('<actor> made a personal invitation for Ada.');
    expect(say(event('room_token.issued', { personal: {} }))).toBe('<actor> made a personal invitation for Somebody.');
  });
  test('a wrong password names the account by its address, else by its member', () => {
    const wrong = { data: { door: 'rest', verb: 'POST /api/auth/sign-in/email', count: 1, reason: 'wrong_password' } };
    const of = (more: Partial<EventView>) => say(event('request.refused', { ...wrong, ...more }));
    expect(of({ personal: { email: 'a@example.org' } })).toBe('A wrong password was given for a@example.org.');
    expect(of({ personal: {} })).toBe('A wrong password was given for an account.');
    expect(of({ personal: {}, target: { kind: 'member', id: 'm' } })).toBe('A wrong password was given for <target>.');
  });
  test('an alert is called by its rule, also an unknown one', () => {
    expect(say(event('alert.raised', { data: { rule: 'new-network' } }))).toBe('Alert: Sign-in from a new network.');
    expect(say(event('alert.raised', { data: { rule: 'x.y' } }))).toBe('Alert: Alert “x.y”.');
  });
});
