import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { useSession } from '../session-context.tsx';
import { useView, useViewActions } from '../view-context.tsx';
import { Knock } from './Knock.tsx';
import { LetInAll } from './LetInAll.tsx';

const SHOWN = 2;

/** On the stage while somebody waits and the list that shows them too is closed. */
export function LobbyCard() {
  const { t } = useTranslation('room');
  const lobby = useSession((state) => state.lobby);
  const listed = useView((view) => view.panel === 'participants');
  const { togglePanel } = useViewActions();
  if (lobby.length === 0 || listed) return null;
  return (
    <section
      aria-label={t('lobby.title')}
      className="absolute inset-x-3 top-3 z-20 mx-auto max-w-sm animate-rise rounded-2xl border border-line bg-raised p-1.5 shadow-overlay sm:right-3 sm:left-auto sm:mx-0 sm:w-96"
    >
      <header className="flex min-h-9 items-center justify-between gap-2 px-2">
        <h2 className="text-sm font-semibold">{t('lobby.card', { count: lobby.length })}</h2>
        {lobby.length > 1 && <LetInAll />}
      </header>
      {lobby.slice(0, SHOWN).map((knock) => (
        <Knock key={knock.id} knock={knock} withWord={false} />
      ))}
      {lobby.length > SHOWN && (
        <Button size="small" tone="ghost" className="w-full" onClick={() => togglePanel('participants')}>
          {t('lobby.showAll', { count: lobby.length })}
        </Button>
      )}
    </section>
  );
}
