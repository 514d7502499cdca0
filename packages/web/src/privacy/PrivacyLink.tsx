import { useTranslation } from 'react-i18next';

/** Opens beside what one is doing: what is typed and the preview stay. */
export function PrivacyLink() {
  const { t } = useTranslation('common');
  return (
    <a href="/privacy" target="_blank" rel="noopener" className="text-accent-ink underline underline-offset-4">
      {t('privacy')}
    </a>
  );
}
