/** One meeting in somebody's calendar, as an organizer asks for it or takes it back (RFC 5546 §3.2.2, §3.2.5). */
export interface CalendarEntry {
  readonly method: 'REQUEST' | 'CANCEL';
  /** The same for each message about the meeting. */
  readonly uid: string;
  /** Grows with each message. */
  readonly sequence: number;
  readonly writtenAtMs: number;
  readonly startsAtMs: number;
  readonly durationMinutes: number;
  readonly summary: string;
  readonly description: string;
  readonly url: string;
  readonly organizer: CalendarAddress;
  readonly attendee: CalendarAddress;
}

interface CalendarAddress {
  readonly name: string | null;
  readonly email: string;
}

/** Octets of a content line without its line break (RFC 5545 §3.1). */
const LINE_OCTETS = 75;

/** An iCalendar object with one event, in lines that end with CRLF (RFC 5545); whatever is typed stays inside its value. */
export function calendarText(entry: CalendarEntry): string {
  const isCancelled = entry.method === 'CANCEL';
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Conclave//Conclave//EN',
    `METHOD:${entry.method}`,
    'BEGIN:VEVENT',
    `UID:${textOf(entry.uid)}`,
    `SEQUENCE:${entry.sequence}`,
    `DTSTAMP:${utc(entry.writtenAtMs)}`,
    `DTSTART:${utc(entry.startsAtMs)}`,
    `DTEND:${utc(entry.startsAtMs + entry.durationMinutes * 60_000)}`,
    `SUMMARY:${textOf(entry.summary)}`,
    `DESCRIPTION:${textOf(entry.description)}`,
    `LOCATION:${textOf(entry.url)}`,
    `ORGANIZER${commonName(entry.organizer)}:mailto:${entry.organizer.email}`,
    `ATTENDEE${commonName(entry.attendee)};ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:${entry.attendee.email}`,
    `STATUS:${isCancelled ? 'CANCELLED' : 'CONFIRMED'}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** RFC 5545 §3.3.11. */
function textOf(value: string): string {
  return value
    .toWellFormed()
    .replaceAll(/[\\;,]/g, (mark) => `\\${mark}`)
    .replaceAll(/\r\n?|\n/g, '\\n')
    .replaceAll(/\p{Cc}/gu, ' ');
}

/** RFC 5545 §3.2: a quoted value can hold anything but quotes and control characters. */
function commonName({ name }: CalendarAddress): string {
  return name === null
    ? ''
    : `;CN="${name
        .toWellFormed()
        .replaceAll('"', "'")
        .replaceAll(/\p{Cc}/gu, ' ')}"`;
}

/** 20261205T100000Z */
function utc(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** Between characters, never inside one: readers put the octets together again, but not all of them before they decode. */
function folded(line: string): string {
  const parts: string[] = [];
  let part = '';
  let octets = 0;
  for (const character of line) {
    const more = Buffer.byteLength(character);
    if (octets + more > LINE_OCTETS) {
      parts.push(part);
      [part, octets] = ['', 1]; // the space that begins the next line counts
    }
    part += character;
    octets += more;
  }
  return [...parts, part].join('\r\n ');
}
