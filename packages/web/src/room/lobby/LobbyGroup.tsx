import { useTranslation } from 'react-i18next';
import { useSession } from '../session-context.tsx';
import { Knock } from './Knock.tsx';
import { LetInAll } from './LetInAll.tsx';

/** Who waits, above those who are in. */
export function LobbyGroup() {
  const { t } = useTranslation('room');
  const lobby = useSession((state) => state.lobby);
  if (lobby.length === 0) return null;
  return (
    <section aria-label={t('lobby.title')} className="mx-3 mb-2 flex max-h-[45%] shrink-0 flex-col rounded-2xl bg-accent-soft p-1.5">
      <header className="flex min-h-9 items-center justify-between gap-2 px-2">
        <h3 className="text-sm font-semibold text-accent-ink">
          {t('lobby.title')} <span className="font-normal tabular-nums">{lobby.length}</span>
        </h3>
        {lobby.length > 1 && <LetInAll />}
      </header>
      <ul aria-label={t('lobby.title')} className="min-h-0 overflow-y-auto">
        {lobby.map((knock) => (
          <li key={knock.id} className="[contain-intrinsic-size:auto_3.5rem] [content-visibility:auto]">
            <Knock knock={knock} withWord />
          </li>
        ))}
      </ul>
    </section>
  );
}
