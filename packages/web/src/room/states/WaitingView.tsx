import { DoorOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { FullPage } from '../../app/FullPage.tsx';
import { Button } from '../../ui/Button.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import { useInitialFocus } from '../../ui/use-initial-focus.ts';
import { useCommands } from '../session-context.tsx';

interface WaitingProps {
  /** One was in the room before. */
  sentBack?: boolean;
  /** The connection is away; one's place is kept for a while. */
  isReconnecting?: boolean;
}

/** In the lobby: nothing of the room is known here, only that one waits. */
export function WaitingView({ sentBack = false, isReconnecting = false }: WaitingProps) {
  const { t } = useTranslation('room');
  const { leave } = useCommands();
  // Read out at once: a status that is there from the start is not.
  const heading = useInitialFocus<HTMLHeadingElement>();
  return (
    <FullPage>
      <div className="mx-auto flex max-w-md flex-col items-center px-4 text-center">
        <span className="mb-5 inline-flex size-16 items-center justify-center rounded-3xl bg-accent-soft text-accent-ink [&_svg]:size-7">
          <DoorOpen aria-hidden="true" />
        </span>
        <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold tracking-tight outline-none">
          {t(sentBack ? 'waiting.sentBackTitle' : 'waiting.title')}
        </h1>
        <p role="status" aria-label={t('waiting.title')} className="sr-only">
          {t('waiting.title')}
        </p>
        <p className="mt-2 text-muted">{t(sentBack ? 'waiting.sentBackText' : 'waiting.text')}</p>
        {isReconnecting && (
          <p
            role="status"
            className="mt-4 flex items-center gap-2.5 rounded-2xl bg-warn-soft px-4 py-2.5 text-sm font-medium text-warn-ink"
          >
            <Spinner />
            {t('waiting.reconnecting')}
          </p>
        )}
        <Button className="mt-6" onClick={() => void leave()}>
          {t('waiting.leave')}
        </Button>
      </div>
    </FullPage>
  );
}
