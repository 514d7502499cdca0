import type { BanView } from '@conclave/protocol/signalling/views';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import { useCommands } from '../session-context.tsx';
import { useTell } from './use-moderate.ts';

type Loaded = { kind: 'loading' } | { kind: 'failed'; reason: string } | { kind: 'ready'; bans: readonly BanView[] };

/** Who is kept out of this room, as the server knows it when the list is opened. */
export function BanList() {
  const { t } = useTranslation(['room', 'errors']);
  const { ask } = useCommands();
  const tell = useTell();
  const [loaded, setLoaded] = useState<Loaded>({ kind: 'loading' });
  useEffect(() => {
    let shown = true;
    void ask('ban.list', {}).then((answer) => {
      if (!shown) return;
      setLoaded(answer.ok ? { kind: 'ready', bans: answer.data.bans } : { kind: 'failed', reason: t(`errors:${answer.code}.title`) });
    });
    return () => {
      shown = false;
    };
  }, [ask, t]);
  const lift = async (ban: BanView) => {
    const done = t('room:moderation.done.lifted', { name: ban.name });
    if (await tell(ask('ban.lift', { banId: ban.id }), { done }))
      setLoaded((now) => (now.kind === 'ready' ? { ...now, bans: now.bans.filter(({ id }) => id !== ban.id) } : now));
  };
  if (loaded.kind === 'loading') return <Spinner className="animate-late" />;
  if (loaded.kind === 'failed') return <p className="text-sm text-danger-ink">{t('room:moderation.failed', { reason: loaded.reason })}</p>;
  if (loaded.bans.length === 0) return <p className="text-sm text-muted">{t('room:moderation.noBans')}</p>;
  return (
    <ul aria-label={t('room:moderation.bans')} className="flex flex-col gap-3">
      {loaded.bans.map((ban) => (
        <li key={ban.id} className="flex items-center gap-3">
          <div className="min-w-0 flex-1">
            <p className="truncate text-sm font-medium">
              <bdi>{ban.name}</bdi>
            </p>
            <p className="text-xs wrap-anywhere text-muted">
              {t(ban.lasts === 'session' ? 'room:moderation.banSession' : 'room:moderation.banRoom')}
              {ban.reason !== null && ` · ${ban.reason}`}
            </p>
          </div>
          <Button size="small" aria-label={t('room:moderation.lift', { name: ban.name })} onClick={() => void lift(ban)}>
            {t('room:moderation.liftShort')}
          </Button>
        </li>
      ))}
    </ul>
  );
}
