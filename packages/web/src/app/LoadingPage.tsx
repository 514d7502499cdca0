import { useTranslation } from 'react-i18next';
import { Spinner } from '../ui/Spinner.tsx';
import { FullPage } from './FullPage.tsx';

/** Shown while a page's code or its first answer is on the way; late, so that quick answers do not flash. */
export function LoadingPage() {
  const { t } = useTranslation('common');
  return (
    <FullPage>
      <p role="status" className="flex animate-late items-center gap-3 text-muted">
        <Spinner />
        {t('loading')}
      </p>
    </FullPage>
  );
}
