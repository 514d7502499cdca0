import type { EntryReply } from '@conclave/protocol/rest/join';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { roomInviteOf, roomTokenOf } from '../app/address-secrets.ts';
import { LoadingPage } from '../app/LoadingPage.tsx';
import { browserStorage } from '../app/browser-storage.ts';
import { loadCheckPage, loadFailureCheck } from '../check/load.ts';
import { FullPage } from '../app/FullPage.tsx';
import { useNavigation } from '../app/navigation.tsx';
import type { Loaded } from '../app/use-answer.ts';
import { useDocumentTitle } from '../app/use-document-title.ts';
import { Spinner } from '../ui/Spinner.tsx';
import { EntryRefused } from './EntryRefused.tsx';
import type { JoinAnswers } from './JoinForm.tsx';
import type { PasswordFault } from './password-fault.ts';
import { PreJoinPage, type PreJoinChoice } from './PreJoinPage.tsx';
import { useEntry } from './use-entry.ts';
import { mayResume, useMeetingSession } from './use-meeting-session.ts';

const loadRoomPage = async () => ({ default: (await import('../room/RoomPage.tsx')).RoomPage });
const RoomPage = lazy(loadRoomPage);

/** The page is drawn by then, and nobody has pressed Join yet. */
const SETTLED_MS = 300;

type Stage = 'resuming' | 'before' | 'inside';

/** Everything about one room's link: coming back after a reload, the page before the room, and the room. */
export function RoomEntrance({ room }: { room: string }) {
  const { navigate } = useNavigation();
  const [shown] = useState(() => {
    const storage = browserStorage('sessionStorage');
    return { token: roomTokenOf(room, storage), invite: roomInviteOf(room, storage) };
  });
  const { session, whenReady } = useMeetingSession();
  const [stage, setStage] = useState<Stage>(() => (mayResume(room) ? 'resuming' : 'before'));
  const [passwordFault, setPasswordFault] = useState<PasswordFault | null>(null);
  const { loaded: entry, retry } = useEntry(room, shown);
  useEffect(() => {
    // Fetched while there is a connection: it is needed when there is none.
    // The room while somebody is still choosing devices and typing; not before the page itself is there.
    if (entry.kind !== 'ready') return undefined;
    const load = () => void Promise.all([loadRoomPage(), loadCheckPage(), loadFailureCheck()]).catch(() => undefined);
    const timer = setTimeout(load, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [entry.kind]);
  useDocumentTitle(entry.kind === 'ready' ? entry.data.room.name : null);

  useEffect(() => {
    if (!session || stage !== 'resuming') return undefined;
    let current = true;
    void session.commands.resume(room).then((resumed) => {
      if (current) setStage(resumed ? 'inside' : 'before');
    });
    return () => {
      current = false;
    };
  }, [session, stage, room]);

  const capabilities = entry.kind === 'ready' ? entry.data.routerRtpCapabilities : undefined;
  useEffect(() => {
    void session?.prepare(capabilities);
  }, [session, capabilities]);

  const join = useCallback(
    async (choice: PreJoinChoice) => {
      const ready = await whenReady();
      setStage('inside');
      await ready.commands.join({ ...choice, ...shown, room });
      const { phase } = ready.store.getState();
      if (phase.kind !== 'failed' || (phase.code !== 'password_required' && phase.code !== 'password_wrong')) return;
      // Typed again where it was typed. It may have been set since this page asked about the room.
      if (phase.code === 'password_required') retry();
      setPasswordFault(phase.code);
      setStage('before');
    },
    [whenReady, room, shown, retry],
  );
  const approach = useCallback(
    (answers: JoinAnswers) => session?.commands.anticipate({ ...answers, ...shown, room }),
    [session, room, shown],
  );
  const rejoin = useCallback(() => {
    setPasswordFault(null);
    retry();
    setStage('before');
  }, [retry]);

  const exit = useCallback(() => navigate('/'), [navigate]);

  if (stage === 'resuming') return <WaitingPage text="returning" />;
  if (stage === 'inside' && session) {
    return (
      <Suspense fallback={<LoadingPage />}>
        <RoomPage session={session} onRejoin={rejoin} onExit={exit} />
      </Suspense>
    );
  }
  return <BeforeRoom entry={entry} passwordFault={passwordFault} onApproach={approach} onJoin={join} onRetry={retry} />;
}

interface BeforeRoomProps {
  entry: Loaded<EntryReply>;
  passwordFault: PasswordFault | null;
  onApproach(answers: JoinAnswers): void;
  onJoin(choice: PreJoinChoice): Promise<void>;
  onRetry(): void;
}

function BeforeRoom({ entry, passwordFault, onApproach, onJoin, onRetry }: BeforeRoomProps) {
  switch (entry.kind) {
    case 'loading':
      return <WaitingPage text="opening" />;
    case 'failed':
      return <EntryRefused code={entry.failure.code} onRetry={onRetry} />;
    case 'ready':
      return <PreJoinPage entry={entry.data} passwordFault={passwordFault} onApproach={onApproach} onJoin={onJoin} />;
  }
}

function WaitingPage({ text }: { text: 'opening' | 'returning' }) {
  const { t } = useTranslation('prejoin');
  return (
    <FullPage>
      <p role="status" className="flex animate-late items-center gap-3 text-muted">
        <Spinner />
        {t(text)}
      </p>
    </FullPage>
  );
}
