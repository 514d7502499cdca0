import type { RoomHead } from '@conclave/protocol/rest/rooms';
import type { BanView } from '@conclave/protocol/signalling/views';
import { UserCheck } from 'lucide-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnswer } from '../app/use-answer.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Spinner } from '../ui/Spinner.tsx';
import { EmptyState } from '../ui/StatePanel.tsx';
import { LoadFailed } from '../ui/LoadFailed.tsx';
import { useToast } from '../ui/Toast.tsx';
import { roomTitle } from './room-names.ts';
import { fetchBans, liftBan } from './rooms-api.ts';

/** Who is banned from a room, why and by what they are known again; each ban can be lifted. */
export function BansDialog({ room, onClose }: { room: RoomHead; onClose(): void }) {
  const { t } = useTranslation(['dashboard', 'errors', 'common']);
  const toast = useToast();
  const { loaded, retry, update } = useAnswer(useCallback((signal: AbortSignal) => fetchBans(room, signal), [room]));
  const lift = async (ban: BanView) => {
    const answer = await liftBan(room, ban);
    // Somebody else was faster: it is lifted, which is what was wanted.
    if (!answer.ok && answer.failure.code !== 'not_found') return toast({ tone: 'danger', text: t(`errors:${answer.failure.code}.title`) });
    update((bans) => bans.filter(({ id }) => id !== ban.id));
    return toast({ text: t('dashboard:banLifted') });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('dashboard:bansTitle', { room: roomTitle(room) })}
    >
      {loaded.kind === 'loading' && (
        <p role="status" className="flex animate-late items-center gap-3 py-8 text-muted">
          <Spinner />
          {t('dashboard:bansLoading')}
        </p>
      )}
      {loaded.kind === 'failed' && <LoadFailed code={loaded.failure.code} className="py-6" onRetry={retry} />}
      {loaded.kind === 'ready' && loaded.data.length === 0 && (
        <EmptyState icon={<UserCheck aria-hidden="true" />} title={t('dashboard:bansNone')} className="py-6" />
      )}
      {loaded.kind === 'ready' && loaded.data.length > 0 && (
        <ul className="divide-y divide-line">
          {loaded.data.map((ban) => (
            <BanRow key={ban.id} ban={ban} onLift={() => lift(ban)} />
          ))}
        </ul>
      )}
    </Dialog>
  );
}

function BanRow({ ban, onLift }: { ban: BanView; onLift(): Promise<void> }) {
  const { t, i18n } = useTranslation('dashboard');
  const [busy, setBusy] = useState(false);
  const time = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'short' }).format(ban.createdAtMs);
  const lift = async () => {
    setBusy(true);
    await onLift();
    setBusy(false);
  };
  return (
    <li className="flex flex-wrap items-start justify-between gap-3 py-4 first:pt-1">
      <div className="min-w-0 flex-1 basis-56">
        <p className="font-medium wrap-anywhere">
          <bdi>{ban.name}</bdi>
        </p>
        <p className="mt-0.5 text-sm text-muted">
          {t('banSince', { time })} · {t(`banLasts.${ban.lasts}`)}
        </p>
        <p className="text-sm text-muted">{t('banKnownBy', { what: ban.matches.map((one) => t(`banMatches.${one}`)).join(', ') })}</p>
        {ban.reason !== null && (
          <p className="mt-1.5 text-sm wrap-anywhere">
            <bdi>{ban.reason}</bdi>
          </p>
        )}
      </div>
      <Button size="small" busy={busy} aria-label={t('banLiftOf', { name: ban.name })} onClick={() => void lift()}>
        {t('banLift')}
      </Button>
    </li>
  );
}
