import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { TriangleAlert } from 'lucide-react';
import { Button } from '../ui/Button.tsx';
import { ErrorState } from '../ui/StatePanel.tsx';

/** What a fault of our own looks like: said plainly, with a way on. React can catch render errors in a class only. */
export class CrashBoundary extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    return this.state.crashed ? <CrashedPage /> : this.props.children;
  }
}

function CrashedPage() {
  const { t } = useTranslation('common');
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <ErrorState
        level={1}
        icon={<TriangleAlert aria-hidden="true" />}
        title={t('crashedTitle')}
        actions={
          <Button tone="primary" onClick={() => location.reload()}>
            {t('reload')}
          </Button>
        }
      >
        {t('crashedText')}
      </ErrorState>
    </main>
  );
}
