import { useEffect, useRef, useState } from 'react';
import { LiveRegion } from './announce/LiveRegion.tsx';
import { ChatPanel } from './chat/ChatPanel.tsx';
import { ControlBar } from './controls/ControlBar.tsx';
import { RoomLabel } from './controls/RoomLabel.tsx';
import { RoomInvites } from './invites/RoomInvites.tsx';
import { useKnockSound } from './lobby/use-knock-sound.ts';
import { ControlsDialog } from './moderation/ControlsDialog.tsx';
import { Nudges } from './moderation/Nudges.tsx';
import { ParticipantsPanel } from './panels/ParticipantsPanel.tsx';
import { SettingsDialog } from './settings/SettingsDialog.tsx';
import { ShortcutsDialog } from './shortcuts/ShortcutsDialog.tsx';
import { useShortcuts } from './shortcuts/use-shortcuts.ts';
import { Stage } from './stage/Stage.tsx';
import { Notices } from './states/Notices.tsx';
import { useView, useViewActions } from './view-context.tsx';

/** The room itself: stage, controls, at most one panel, at most one dialog. */
export function RoomView() {
  const panel = useView((view) => view.panel);
  const dialog = useView((view) => view.dialog);
  const { closePanel, openDialog } = useViewActions();
  const compact = useMediaQuery('(max-width: 767px)');
  const narrow = useMediaQuery('(max-width: 559px)');
  useShortcuts();
  useKnockSound();
  useFocusReturn(panel);
  useFocusReturn(dialog);
  const covered = compact && panel !== null;
  return (
    <div data-bottom-bar className="flex h-dvh flex-col overflow-hidden bg-stage text-ink">
      <div inert={covered} className="flex min-h-0 flex-1 flex-col">
        {compact && (
          <header className="px-3 pt-[max(0.5rem,env(safe-area-inset-top))]">
            <RoomLabel />
          </header>
        )}
        <div className="flex min-h-0 flex-1 gap-3 px-2 pt-2 sm:px-3 sm:pt-3">
          <div className="flex min-w-0 flex-1 flex-col gap-2">
            <Notices />
            <Stage covered={covered} />
          </div>
          {!compact && panel !== null && <Panel panel={panel} sheet={false} onClose={closePanel} />}
        </div>
        <ControlBar form={narrow ? 'narrow' : compact ? 'medium' : 'wide'} />
      </div>
      {covered && <Panel panel={panel} sheet onClose={closePanel} />}
      {dialog === 'settings' && <SettingsDialog onClose={() => openDialog(null)} />}
      {dialog === 'shortcuts' && <ShortcutsDialog onClose={() => openDialog(null)} />}
      {dialog === 'controls' && <ControlsDialog onClose={() => openDialog(null)} />}
      {dialog === 'invites' && <RoomInvites onClose={() => openDialog(null)} />}
      <Nudges />
      <LiveRegion />
    </div>
  );
}

function Panel({ panel, sheet, onClose }: { panel: 'participants' | 'chat'; sheet: boolean; onClose(): void }) {
  return panel === 'chat' ? <ChatPanel sheet={sheet} onClose={onClose} /> : <ParticipantsPanel sheet={sheet} onClose={onClose} />;
}

/** Gives the focus back to the button that opened the panel or the dialog, unless the person has moved it elsewhere. */
function useFocusReturn(open: string | null): void {
  const before = useRef<string | null>(null);
  useEffect(() => {
    const closed = before.current;
    before.current = open;
    if (open !== null || closed === null || document.activeElement !== document.body) return;
    const button =
      document.querySelector<HTMLElement>(`[data-panel-button="${closed}"]`) ?? document.querySelector<HTMLElement>('[data-more-button]');
    button?.focus();
  }, [open]);
}

function useMediaQuery(query: string): boolean {
  const [matches, setMatches] = useState(() => globalThis.matchMedia(query).matches);
  useEffect(() => {
    const list = globalThis.matchMedia(query);
    const update = () => setMatches(list.matches);
    update();
    list.addEventListener('change', update);
    return () => list.removeEventListener('change', update);
  }, [query]);
  return matches;
}
