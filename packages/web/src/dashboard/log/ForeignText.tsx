import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cx } from '../../ui/cx.ts';
import { clipText, visibleParts } from './visible-text.ts';

interface ForeignTextProps {
  text: string;
  /** How many characters are shown at first. */
  limit?: number;
  /** Offers the rest. False where it stands inside a link or a sentence, and the page of the event has all of it. */
  expandable?: boolean;
  className?: string;
}

/**
 * Text that somebody else wrote, such as a name: its direction does not turn what stands around it, what cannot be seen is shown as
 * its code point, and it cannot push anything out of the way.
 */
export function ForeignText({ text, limit = 60, expandable = false, className }: ForeignTextProps) {
  const { t } = useTranslation('log');
  const [open, setOpen] = useState(false);
  const { text: start, clipped } = clipText(text, limit);
  const shown = open ? text : start;
  return (
    <>
      <bdi className={cx('max-h-[60dvh] overflow-clip wrap-anywhere', open && 'overflow-y-auto whitespace-pre-wrap', className)}>
        {visibleParts(shown).map((part, index) =>
          part.kind === 'text' ? (
            part.text
          ) : (
            // oxlint-disable-next-line react/no-array-index-key -- pieces of one text have nothing else
            <span key={index} dir="ltr" className="mx-0.5 inline-block rounded bg-warn-soft px-1 font-mono text-[0.75em] text-warn-ink">
              {part.code}
            </span>
          ),
        )}
        {clipped && !open && (
          <>
            <span aria-hidden="true">…</span>
            <span className="sr-only"> ({t('clipped', { count: text.length })})</span>
          </>
        )}
      </bdi>
      {expandable && clipped && (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="ml-2 text-sm font-medium text-accent-ink underline underline-offset-3 hover:no-underline"
        >
          {open ? t('showLess') : t('showAll')}
        </button>
      )}
    </>
  );
}
