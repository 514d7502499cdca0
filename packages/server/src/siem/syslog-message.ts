import { visible } from '../event-log/export.ts';
import { shortLineOf, type ReadableEvent, type SinkRecord } from './record.ts';

/** RFC 5425 §4.3.1: what a receiver should take. Debian's rsyslog cuts what is longer, and not where we would. */
const MAX_BYTES = 8_000;
/** RFC 5424 table 2: log audit. */
const FACILITY = 13;
const SEVERITY = { warning: 4, notice: 5, informational: 6 } as const;
/** The private enterprise number that RFC 5424 and RFC 5612 set aside for examples: Conclave has none of its own. */
const SD_ID = 'conclave@32473';

/** A message of RFC 5424 in UTF-8: the event's fields as structured data, the whole event as JSON after them. One line, at most 8 000 octets. */
export function syslogMessage(record: SinkRecord, host: string): Buffer {
  const { event } = record;
  const priority = FACILITY * 8 + severityOf(event);
  const header = `<${priority}>1 ${event?.time ?? '-'} ${nameOf(host, 255)} conclave - ${event ? nameOf(event.name, 32) : 'entry.unreadable'}`;
  const before = `${header} ${structuredData(record)} `;
  return Buffer.from(before + shortLineOf(record, MAX_BYTES - Buffer.byteLength(before)));
}

/** RFC 5425 §4.3, octet counting. */
export function frame(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/** Refusals are worth a look, alerts and entries that somebody has changed are worth more. */
function severityOf(event: ReadableEvent | null): number {
  if (event === null || event.name === 'alert.raised') return SEVERITY.warning;
  return event.result === 'done' ? SEVERITY.informational : SEVERITY.notice;
}

function structuredData({ seq, event }: SinkRecord): string {
  const { actor, target } = event ?? {};
  const params = {
    seq: String(seq),
    id: event?.id,
    category: event?.category,
    result: event?.result,
    actor: actor?.kind,
    actorId: actor?.id,
    target: target?.kind,
    targetId: target?.id,
    team: event?.team,
    room: event?.room,
    session: event?.session,
  };
  const written = Object.entries(params).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [` ${name}="${paramValue(value)}"`],
  );
  return `[${SD_ID}${written.join('')}]`;
}

/** RFC 5424 §6.3.3. */
function paramValue(text: string): string {
  return visible(text).replaceAll(/["\\\]]/g, String.raw`\$&`);
}

/** PRINTUSASCII without spaces, as the header's fields are. */
function nameOf(text: string, maxLength: number): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, maxLength) || '-';
}
