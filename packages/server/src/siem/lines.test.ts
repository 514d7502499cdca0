import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineOf, type ReadableEvent, type SinkRecord } from './record.ts';
import { frame, syslogMessage } from './syslog-message.ts';

function recordOf(name: string, change: Partial<ReadableEvent> = {}): SinkRecord {
  const event: ReadableEvent = {
    seq: 7,
    id: randomUUID(),
    time: '2026-11-24T09:00:00.000Z',
    category: 'session',
    name: 'participant.renamed',
    actor: { kind: 'participant', id: 'p1', authenticatedBy: 'resume-token' },
    target: null,
    team: null,
    room: null,
    session: null,
    result: 'done',
    data: { [name]: name, list: [name] },
    personal: { name, formerName: null },
    ...change,
  };
  return { seq: 7, event, entry: '' };
}

const hostile = fc.constantFrom(
  '\r\n',
  '\u001b[2J',
  '\0',
  '\u0085',
  '\u2028',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\ud800',
  '"',
  '\\',
  ']',
  'x'.repeat(9_000),
);
const texts = fc.array(fc.oneof(hostile, fc.string({ unit: 'binary' })), { maxLength: 5 }).map((parts) => parts.join(''));
const tricks = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

test('[E2] an event is one line in a file, in which no letter can trick a reader, and it says what it was', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const line = lineOf(recordOf(text));
      expect(line).not.toMatch(tricks);
      expect((JSON.parse(line) as ReadableEvent).personal.name).toBe(text);
    }),
  );
});

test('[E2] an event is one syslog message of at most 8 000 octets, in which no letter can trick a reader', () => {
  fc.assert(
    fc.property(texts, texts, (text, given) => {
      const id = given.slice(0, 64); // as long as the schema lets it be
      const message = syslogMessage(recordOf(text, { actor: { kind: 'agent', id, authenticatedBy: 'none' } }), `host ${text}`);
      const written = message.toString();
      expect(written).not.toMatch(tricks);
      // A value ends at the first quotation mark that is not escaped (RFC 5424 §6.3.3).
      const parts = /^<110>1 \S+ \S+ conclave - participant\.renamed \[conclave@32473(?: \w+="(?:[^"\\\]]|\\.)*")+\] (\{.*\})$/.exec(
        written,
      );
      expect((JSON.parse(parts?.[1] ?? '') as ReadableEvent).id).toHaveLength(36);
      expect(message.length).toBeLessThanOrEqual(8_000);
      expect(frame(message).toString()).toBe(`${message.length} ${written}`);
    }),
  );
});

test('refusals are notices, alerts and entries that are no events any more are warnings', () => {
  const start = (record: SinkRecord) => syslogMessage(record, 'h').toString().split(' ', 1)[0];
  expect(start(recordOf('Ann', { result: 'not_allowed' }))).toBe('<109>1');
  expect(start(recordOf('Ann', { name: 'alert.raised' }))).toBe('<108>1');
  const changed = syslogMessage({ seq: 3, event: null, entry: '{"broken\n' }, 'h').toString();
  expect(changed).toBe(String.raw`<108>1 - h conclave - entry.unreadable [conclave@32473 seq="3"] {"seq":3,"unreadable":"{\"broken\n"}`);
});
