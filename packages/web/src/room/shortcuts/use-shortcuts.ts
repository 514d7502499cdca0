import { useEffect, useRef } from 'react';
import { useHand } from '../controls/HandButton.tsx';
import { useMediaControls } from '../controls/use-media-controls.ts';
import { useView, useViewActions } from '../view-context.tsx';
import { isTyping, shortcutOf } from './shortcut-of.ts';
import type { ShortcutAction } from './shortcut-of.ts';

/** Listens for the room's keys on the whole page. */
export function useShortcuts(): void {
  const media = useMediaControls();
  const hand = useHand();
  const view = useView((state) => state.view);
  const panel = useView((state) => state.panel);
  const actions = useViewActions();
  const run = (action: ShortcutAction): boolean => {
    switch (action) {
      case 'microphone':
      case 'camera':
      case 'screen':
        media[action].toggle();
        return true;
      case 'hand':
        hand.toggle();
        return !hand.hidden;
      case 'participants':
      case 'chat':
        actions.togglePanel(action);
        return true;
      case 'view':
        actions.setView(view === 'grid' ? 'speaker' : 'grid');
        return true;
      case 'help':
        actions.openDialog('shortcuts');
        return true;
      case 'close':
        if (panel === null) return false;
        actions.closePanel();
        return true;
    }
  };
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      // An open dialog or menu answers Escape itself.
      if (event.key === 'Escape' && document.querySelector('[role="dialog"], [role="menu"]')) return;
      const action = shortcutOf(event, isTyping(event.target));
      if (action !== null && latest.current(action)) event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}
