import type { ChatAudience, ChatMessageView } from '@conclave/protocol/signalling/views';

export interface ChatFileTexts {
  title: string;
  /** For a message that not everybody could read; null for one to everybody. */
  audience(to: ChatAudience): string | null;
  /** What a message answers. */
  inReplyTo(name: string): string;
}

/** A chat as a text that people read: one paragraph a message, its first line says when, who and to whom. */
export function chatFileText(messages: readonly ChatMessageView[], texts: ChatFileTexts): string {
  const names = new Map(messages.map(({ id, name }) => [id, name]));
  const paragraphs = messages.map(({ name, text, sentAtMs, to, replyTo }) => {
    const answered = replyTo === null ? undefined : names.get(replyTo);
    const notes = [texts.audience(to), answered === undefined ? null : texts.inReplyTo(answered)].filter((note) => note !== null);
    const time = new Date(sentAtMs).toISOString().replace('T', ' ').slice(0, 19);
    return `[${time} UTC] ${oneLine(name)}${notes.length > 0 ? ` (${oneLine(notes.join(', '))})` : ''}:\n${indented(text)}`;
  });
  return `${oneLine(texts.title)}\n\n${paragraphs.join('\n\n')}\n`;
}

/** A name must not look like a line of its own. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** Nobody writes a message that looks like the first line of somebody else's. */
function indented(text: string): string {
  return text
    .split(/\r\n|[\n\r\u2028\u2029\v\f\u0085]/)
    .map((line) => `    ${line}`)
    .join('\n');
}

/** Hands a text to the person as a file. */
export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
