import { linkParts } from './link-parts.ts';

/** Text as it was typed; nothing in it is ever read as markup. */
export function MessageText({ text }: { text: string }) {
  return (
    <p className="text-sm leading-normal wrap-anywhere whitespace-pre-wrap">
      {linkParts(text).map((part, index) =>
        part.kind === 'text' ? (
          part.text
        ) : (
          <a
            key={index}
            href={part.href}
            target="_blank"
            rel="noopener noreferrer nofollow"
            className="font-medium text-accent-ink underline underline-offset-2"
          >
            {part.text}
          </a>
        ),
      )}
    </p>
  );
}
