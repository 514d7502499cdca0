import { DoorOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { FullPage } from '../../app/FullPage.tsx';
import { Button } from '../../ui/Button.tsx';
import { useCommands } from '../session-context.tsx';

/** In the lobby: nothing of the room is known here, only that one waits. */
export function WaitingView({ sentBack }: { sentBack: boolean }) {
  const { t } = useTranslation('room');
  const { leave } = useCommands();
  return (
    <FullPage>
      <div className="mx-auto flex max-w-md flex-col items-center px-4 text-center">
        <span className="mb-5 inline-flex size-16 items-center justify-center rounded-3xl bg-accent-soft text-accent-ink motion-safe:animate-pulse [&_svg]:size-7">
          <DoorOpen aria-hidden="true" />
        </span>
        <h1 className="text-2xl font-semibold tracking-tight">{t(sentBack ? 'waiting.sentBackTitle' : 'waiting.title')}</h1>
        <p role="status" aria-label={t('waiting.title')} className="sr-only">
          {t('waiting.title')}
        </p>
        <p className="mt-2 text-muted">{t(sentBack ? 'waiting.sentBackText' : 'waiting.text')}</p>
        <Button className="mt-6" onClick={() => void leave()}>
          {t('waiting.leave')}
        </Button>
      </div>
    </FullPage>
  );
}
