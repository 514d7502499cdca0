import type { InviteRequest } from '@conclave/protocol/rest/invites';
import { oneLine } from '../mail/message.ts';

type Language = InviteRequest['language'];

/** What the mail of an invite says. Names in it are others' choice. */
interface Invited {
  readonly language: Language;
  readonly timeZone: string;
  readonly roomName: string;
  readonly teamName: string;
  readonly inviterName: string | null;
  readonly name: string | null;
  readonly link: string;
  readonly maxPersons: number;
  readonly expiresAtMs: number | null;
  readonly startsAtMs: number | null;
  readonly durationMinutes: number;
}

export interface InviteText {
  readonly subject: string;
  readonly text: string;
  /** What the calendar entry says. */
  readonly description: string;
}

/** The mail that invites. */
export function invitationText(given: Invited): InviteText {
  const invited = asLines(given);
  const words = WORDS[invited.language];
  const time = timeOf(invited);
  const use = [words.open, '', invited.link, '', words.whose(invited.maxPersons)];
  const expiry = invited.expiresAtMs === null ? [] : [words.until(momentText(invited, invited.expiresAtMs))];
  const lines = [words.hello(invited.name), '', words.invites(invited), '', ...(time === null ? [] : [words.when(time), ''])];
  return {
    subject: words.subject(invited.roomName),
    text: `${[...lines, ...use, ...expiry, '', words.unknown].join('\n')}\n`,
    description: [words.invites(invited), '', ...use, ...expiry].join('\n'),
  };
}

/** The mail that takes back an invite to a meeting that had a time. */
export function cancellationText(given: Omit<Invited, 'link' | 'inviterName' | 'maxPersons' | 'expiresAtMs'>): InviteText {
  const invited = { ...given, ...namesOf(given) };
  const words = WORDS[invited.language];
  const time = timeOf(invited);
  const said = words.cancelled(invited);
  const lines = [words.hello(invited.name), '', said, ...(time === null ? [] : ['', words.when(time)])];
  return { subject: words.cancelledSubject(invited.roomName), text: `${lines.join('\n')}\n`, description: said };
}

interface Words {
  subject(room: string): string;
  cancelledSubject(room: string): string;
  hello(name: string | null): string;
  invites(invited: Pick<Invited, 'roomName' | 'teamName' | 'inviterName'>): string;
  cancelled(invited: Pick<Invited, 'roomName' | 'teamName'>): string;
  when(time: string): string;
  open: string;
  whose(maxPersons: number): string;
  until(time: string): string;
  unknown: string;
}

const WORDS: Record<Language, Words> = {
  en: {
    subject: (room) => `Invitation: ${room}`,
    cancelledSubject: (room) => `Cancelled: ${room}`,
    hello: (name) => (name === null ? 'Hello,' : `Hello ${name},`),
    invites: ({ inviterName, roomName, teamName }) =>
      inviterName === null
        ? `${teamName} invites you to the meeting “${roomName}”.`
        : `${inviterName} (${teamName}) invites you to the meeting “${roomName}”.`,
    cancelled: ({ roomName, teamName }) =>
      `Your invitation by ${teamName} to the meeting “${roomName}” is withdrawn. The link no longer works.`,
    when: (time) => `When: ${time}`,
    open: 'Open this link to join:',
    whose: (maxPersons) =>
      maxPersons === 1
        ? 'The link is for you alone: it belongs to the first person who joins with it, and they can return with it as often as they like.'
        : `The link is for ${maxPersons} people: it belongs to the first ${maxPersons} who join with it, and they can return as often as they like.`,
    until: (time) => `It works until ${time}.`,
    unknown: 'If you do not know who sent this, you can ignore it.',
  },
  de: {
    subject: (room) => `Einladung: ${room}`,
    cancelledSubject: (room) => `Abgesagt: ${room}`,
    hello: (name) => (name === null ? 'Guten Tag,' : `Guten Tag ${name},`),
    invites: ({ inviterName, roomName, teamName }) =>
      inviterName === null
        ? `${teamName} lädt Sie zur Besprechung „${roomName}“ ein.`
        : `${inviterName} (${teamName}) lädt Sie zur Besprechung „${roomName}“ ein.`,
    cancelled: ({ roomName, teamName }) =>
      `Ihre Einladung von ${teamName} zur Besprechung „${roomName}“ ist zurückgezogen. Der Link öffnet den Raum nicht mehr.`,
    when: (time) => `Wann: ${time}`,
    open: 'Mit diesem Link nehmen Sie teil:',
    whose: (maxPersons) =>
      maxPersons === 1
        ? 'Der Link ist nur für Sie: Er gehört der ersten Person, die damit eintritt; sie kann damit beliebig oft wiederkommen.'
        : `Der Link ist für ${maxPersons} Personen: Er gehört den ersten ${maxPersons}, die damit eintreten; sie können beliebig oft wiederkommen.`,
    until: (time) => `Er gilt bis ${time}.`,
    unknown: 'Wenn Sie nicht wissen, von wem diese Nachricht kommt, ignorieren Sie sie einfach.',
  },
};

/** So that nobody's name can look like another line of the mail. */
function asLines(invited: Invited): Invited {
  return { ...invited, ...namesOf(invited), inviterName: invited.inviterName && oneLine(invited.inviterName) };
}

function namesOf({ roomName, teamName, name }: Pick<Invited, 'roomName' | 'teamName' | 'name'>) {
  return { roomName: oneLine(roomName), teamName: oneLine(teamName), name: name && oneLine(name) };
}

function timeOf(invited: Pick<Invited, 'startsAtMs' | 'durationMinutes' | 'language' | 'timeZone'>): string | null {
  if (invited.startsAtMs === null) return null;
  return `${momentText(invited, invited.startsAtMs)} (${invited.durationMinutes} min)`;
}

function momentText({ language, timeZone }: Pick<Invited, 'language' | 'timeZone'>, atMs: number): string {
  const day = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const;
  const time = { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const;
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { ...day, ...time, timeZone }).format(atMs);
}
