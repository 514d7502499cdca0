export type TextPart = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string };

const CANDIDATE = /\b(?:https?:\/\/|mailto:)[^\s<>"'`]+/giu;
/** At the end these belong to the sentence rather than to the address. */
const PUNCTUATION = '.,;:!?*_~';
/** Marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX #9). */
const TURNS_TEXT = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const MAIL_ADDRESS = /^[^\s@,;%]+@[^\s@,;%]+$/;
const OPENING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/**
 * Cuts a message into plain text and links. Only whole `http:`, `https:` and plain `mailto:` addresses become links, and none that
 * carries a user name, since `https://bank.example@evil.example` looks like another host, or that is shown in another order than read. Joined, the parts are the message.
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

/** Leaves off punctuation and closing brackets that were not opened inside. One pass: messages come from others. */
function trimEnd(candidate: string): string {
  const counts = new Map<string, number>();
  for (const character of candidate) counts.set(character, (counts.get(character) ?? 0) + 1);
  let end = candidate.length;
  for (; end > 0; end--) {
    const last = candidate.charAt(end - 1);
    const opening = OPENING[last];
    const closes = opening !== undefined && (counts.get(last) ?? 0) > (counts.get(opening) ?? 0);
    if (!closes && !PUNCTUATION.includes(last)) break;
    counts.set(last, (counts.get(last) ?? 0) - 1);
  }
  return candidate.slice(0, end);
}

function safeHref(text: string): string | null {
  if (TURNS_TEXT.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  // Without `?subject=…&bcc=…`: what is written to is what is shown.
  if (url.protocol === 'mailto:') return MAIL_ADDRESS.test(url.pathname) && url.search === '' && url.hash === '' ? url.href : null;
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isWeb && url.username === '' && url.password === '' ? url.href : null;
}
