import { Activity } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from '../app/navigation.tsx';
import { buttonClass, type ButtonSize, type ButtonTone } from '../ui/Button.tsx';

/** Opens beside what one is doing: what is typed, the preview and the meeting stay. */
export function CheckLink() {
  const { t } = useTranslation('common');
  return (
    <a href="/check" target="_blank" rel="noopener" className="text-accent-ink underline underline-offset-4">
      {t('checkConnection')}
    </a>
  );
}

interface CheckButtonProps {
  tone?: ButtonTone;
  size?: ButtonSize;
  /** Takes the place of this page, with a way back to the room; else it opens beside. */
  leaves?: boolean;
}

/** The same as a button, where a connection has just failed. */
export function CheckButton({ tone = 'secondary', size = 'medium', leaves = false }: CheckButtonProps) {
  const { t } = useTranslation('common');
  const inside = (
    <>
      <Activity aria-hidden="true" className="size-4" />
      {t('checkConnection')}
    </>
  );
  const className = buttonClass(tone, size);
  if (leaves) {
    return (
      <Link to={`/check?room=${encodeURIComponent(location.pathname.slice(1))}`} className={className}>
        {inside}
      </Link>
    );
  }
  return (
    <a href="/check" target="_blank" rel="noopener" className={className}>
      {inside}
    </a>
  );
}
