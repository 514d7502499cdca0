/** A mail as its author writes it: one recipient, a subject of one line, plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** A calendar entry that goes with it. */
  readonly calendar?: Calendar;
  /** What it is about, such as `invite ID`: by this it can be taken back, and it is told what became of it. */
  readonly about?: string;
}

/** An iCalendar object (RFC 5545), whose author has escaped what is in it. */
export interface Calendar {
  readonly method: 'REQUEST' | 'CANCEL';
  readonly text: string;
}

const MAX_SUBJECT_LENGTH = 200;
const MAX_TEXT_LENGTH = 20_000;
/** Stricter than RFC 5322: no quoting, no comments, nothing that could end an address, a header or an SMTP command. */
const ADDRESS = /^[^\p{Cc}\p{Cf}\p{Z}<>()[\]\\,;:"@]{1,64}@[^\p{Cc}\p{Cf}\p{Z}<>()\\,;"@]{1,250}$/u;

/**
 * The mail as it may be sent, whoever chose its words: control characters, line breaks in the subject and marks that turn the
 * direction of writing are gone, what is too long is cut.
 * @throws TypeError when `to` is not one plain address.
 */
export function harmless({ to, subject, text, ...rest }: Mail): Mail {
  if (!ADDRESS.test(to)) throw new TypeError('a mail needs one plain address');
  const lines = withoutMarks(text)
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n]/gu, ' ');
  return { ...rest, to, subject: cut(oneLine(subject), MAX_SUBJECT_LENGTH), text: cut(lines, MAX_TEXT_LENGTH) };
}

/** Somebody's words as one line in which nothing is hidden: no control characters, line breaks or marks of direction. */
export function oneLine(text: string): string {
  return withoutMarks(text)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}

/** Without what lets text look like other text: embeddings, overrides and isolates of direction (UAX #9). */
function withoutMarks(text: string): string {
  return text.toWellFormed().replaceAll(/[\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, '');
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
