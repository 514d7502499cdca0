/** A mail as its author writes it: one recipient, a subject of one line, plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
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
export function harmless({ to, subject, text }: Mail): Mail {
  if (!ADDRESS.test(to)) throw new TypeError('a mail needs one plain address');
  const oneLine = withoutMarks(subject)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  const lines = withoutMarks(text)
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n]/gu, ' ');
  return { to, subject: cut(oneLine, MAX_SUBJECT_LENGTH), text: cut(lines, MAX_TEXT_LENGTH) };
}

/** Without what lets text look like other text: embeddings, overrides and isolates of direction (UAX #9). */
function withoutMarks(text: string): string {
  return text.toWellFormed().replaceAll(/[\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, '');
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
