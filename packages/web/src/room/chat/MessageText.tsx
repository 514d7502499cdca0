import { linkParts } from './link-parts.ts';

/** Text as it was typed; nothing in it is ever read as markup. What turns the direction of text ends with each part. */
export function MessageText({ text }: { text: string }) {
  return (
    <p dir="auto" className="text-left text-sm leading-normal wrap-anywhere whitespace-pre-wrap">
      {linkParts(text).map((part, index) =>
        part.kind === 'text' ? (
          part.text
        ) : (
          <bdi key={index} dir="ltr">
            <a
              href={part.href}
              target="_blank"
              rel="noopener noreferrer nofollow"
              className="font-medium text-accent-ink underline underline-offset-2"
            >
              {part.text}
            </a>
          </bdi>
        ),
      )}
    </p>
  );
}
