import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Nudge } from '../../session/state.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { useToast } from '../../ui/Toast.tsx';
import { useCommands, useSession, useSessionStore } from '../session-context.tsx';
import { useRoleName } from './role-name.ts';
import { selfNewsBetween } from './self-news.ts';

/** Tells what was decided about oneself; what somebody asks of one waits for the answer. */
export function Nudges() {
  const nudge = useSession((state) => state.nudge);
  const name = useSession((state) => (state.nudge ? state.participants[state.nudge.participantId]?.name : undefined));
  useSelfNews();
  useMutedToast(nudge, name);
  if (nudge?.kind !== 'asked' || (nudge.source !== 'microphone' && nudge.source !== 'camera')) return null;
  return <Asked source={nudge.source} name={name} />;
}

function Asked({ source, name }: { source: 'microphone' | 'camera'; name: string | undefined }) {
  const { t } = useTranslation('room');
  const { setMicrophone, setCamera, dismissNudge } = useCommands();
  const isOn = useSession((state) => state.local[source].on);
  useEffect(() => {
    // Done by another way meanwhile: nothing is asked any more.
    if (isOn) dismissNudge();
  }, [isOn, dismissNudge]);
  const agree = () => {
    dismissNudge();
    void (source === 'microphone' ? setMicrophone(true) : setCamera(true));
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) dismissNudge();
      }}
      title={t(`moderation.nudge.asked_${source}`, { name: name ?? t('moderation.nudge.somebody') })}
      description={t('moderation.nudge.yours')}
      size="small"
      footer={
        <>
          <Button data-autofocus onClick={dismissNudge}>
            {t('moderation.nudge.notNow')}
          </Button>
          <Button tone="primary" onClick={agree}>
            {t(source === 'microphone' ? 'moderation.nudge.unmute' : 'moderation.nudge.startCamera')}
          </Button>
        </>
      }
    />
  );
}

function useMutedToast(nudge: Nudge | null, name: string | undefined): void {
  const { t } = useTranslation('room');
  const toast = useToast();
  const { dismissNudge } = useCommands();
  useEffect(() => {
    if (nudge?.kind !== 'muted') return;
    const source = nudge.source === 'screen-audio' ? 'screen' : nudge.source;
    toast({ text: t(`moderation.nudge.muted_${source}`, { name: name ?? t('moderation.nudge.somebody') }), tone: 'notice' });
    dismissNudge();
  }, [nudge, name, t, toast, dismissNudge]);
}

function useSelfNews(): void {
  const { t } = useTranslation('room');
  const store = useSessionStore();
  const toast = useToast();
  const roleName = useRoleName();
  useEffect(
    () =>
      store.subscribe((state, before) => {
        if (state.self === before.self) return;
        for (const news of selfNewsBetween(before, state)) {
          const text =
            news.kind === 'role'
              ? t('moderation.news.role', { role: roleName(news.role) })
              : t(`moderation.news.${news.kind}.${news.source}`);
          toast({ text, tone: 'notice' });
        }
      }),
    [store, t, toast, roleName],
  );
}
