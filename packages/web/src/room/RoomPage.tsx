import { SessionProvider, useSession } from './session-context.tsx';
import type { RoomSession } from './session-context.tsx';
import { EndedView } from './states/EndedView.tsx';
import { FailedView } from './states/FailedView.tsx';
import { JoiningView } from './states/JoiningView.tsx';
import { WaitingView } from './states/WaitingView.tsx';
import { RoomView } from './RoomView.tsx';
import { ViewProvider } from './view-context.tsx';
import type { ViewState } from './view-state.ts';

export interface RoomPageProps {
  session: RoomSession;
  /** Back to the page before the room, with the same room. */
  onRejoin(): void;
  /** To the dashboard, for those who have one; without it the way there is not offered. */
  onExit?: (() => void) | undefined;
  initialView?: Partial<ViewState>;
}

/** From pressing `Join` to the page after leaving; what is shown follows `phase`. Needs ToastProvider and TooltipProvider around it. */
export function RoomPage({ session, onRejoin, onExit, initialView }: RoomPageProps) {
  return (
    <SessionProvider session={session}>
      <ViewProvider initial={initialView}>
        <Phase onRejoin={onRejoin} onExit={onExit} />
      </ViewProvider>
    </SessionProvider>
  );
}

function Phase({ onRejoin, onExit }: Pick<RoomPageProps, 'onRejoin' | 'onExit'>) {
  const phase = useSession((state) => state.phase);
  const isInside = useSession((state) => state.self !== null);
  switch (phase.kind) {
    case 'idle':
      return null;
    case 'joining':
      return <JoiningView step={phase.step} />;
    case 'waiting':
      return <WaitingView sentBack={phase.sentBack} />;
    case 'joined':
      return <RoomView />;
    case 'reconnecting':
      // Who waits knows nothing of the room, and goes on waiting.
      return isInside ? <RoomView /> : <WaitingView isReconnecting />;
    case 'ended':
      return <EndedView reason={phase.reason} word={phase.word} onRejoin={onRejoin} onExit={onExit} />;
    case 'failed':
      return <FailedView code={phase.code} onRetry={onRejoin} onExit={onExit} />;
  }
}
