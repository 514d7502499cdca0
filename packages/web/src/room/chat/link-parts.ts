export type TextPart = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string };

const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`]+/giu;
/** Ends a sentence rather than an address. */
const TRAILING = /[.,;:!?*_~]+$/u;
const BRACKETS: readonly (readonly [open: string, close: string])[] = [['(', ')'], ['[', ']'], ['{', '}']];

/**
 * Cuts a message into plain text and links. Only whole `http:` and `https:` addresses become links, and none that
 * carries a user name, since `https://bank.example@evil.example` looks like another host. Joined, the parts are the message.
 */
export function linkParts(message: string): TextPart[] {
  const parts: TextPart[] = [];
  let done = 0;
  for (const match of message.matchAll(CANDIDATE)) {
    const text = trimEnd(match[0]);
    const href = safeHref(text);
    if (href === null) continue;
    if (match.index > done) parts.push({ kind: 'text', text: message.slice(done, match.index) });
    parts.push({ kind: 'link', text, href });
    done = match.index + text.length;
  }
  if (done < message.length) parts.push({ kind: 'text', text: message.slice(done) });
  return parts;
}

function trimEnd(candidate: string): string {
  let text = candidate.replace(TRAILING, '');
  for (const [open, close] of BRACKETS) {
    while (text.endsWith(close) && text.split(close).length > text.split(open).length) text = text.slice(0, -1).replace(TRAILING, '');
  }
  return text;
}

function safeHref(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isWeb && url.username === '' && url.password === '' ? url.href : null;
}
