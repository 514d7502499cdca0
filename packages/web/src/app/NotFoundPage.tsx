import { Compass } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { buttonClass } from '../ui/Button.tsx';
import { EmptyState } from '../ui/StatePanel.tsx';
import { FullPage } from './FullPage.tsx';
import { Link } from './navigation.tsx';
import { useDocumentTitle } from './use-document-title.ts';

export function NotFoundPage() {
  const { t } = useTranslation('common');
  useDocumentTitle(t('notFoundTitle'));
  return (
    <FullPage>
      <EmptyState
        level={1}
        icon={<Compass aria-hidden="true" />}
        title={t('notFoundTitle')}
        actions={
          <Link to="/dashboard" className={buttonClass('secondary')}>
            {t('toDashboard')}
          </Link>
        }
      >
        {t('notFoundText')}
      </EmptyState>
    </FullPage>
  );
}
