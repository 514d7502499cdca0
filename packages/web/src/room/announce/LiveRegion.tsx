import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSessionStore } from '../session-context.tsx';
import { useView } from '../view-context.tsx';
import { announcementsBetween, announcementText } from './announcements.ts';
import type { Announcement } from './announcements.ts';

/** Long enough that a burst is one sentence, short enough to be news. */
const COLLECT_MS = 700;

/** Reads out who comes, goes, shares and writes, for those who cannot see it. */
export function LiveRegion() {
  const { t } = useTranslation('room');
  const store = useSessionStore();
  const chatOpen = useView((view) => view.panel === 'chat');
  const [text, setText] = useState('');
  const waiting = useRef<Announcement[]>([]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const say = () => {
      timer = null;
      setText(
        announcementText(waiting.current.splice(0), {
          one: (told) => {
            switch (told.kind) {
              case 'message':
                return t('chat.from', { name: told.name, text: told.text });
              case 'reconnecting':
              case 'reconnected':
                return t(`announce.${told.kind}`);
              default:
                return t(`announce.${told.kind}`, { name: told.name });
            }
          },
          many: (kind, count) => t(kind === 'joined' ? 'announce.joinedMany' : 'announce.leftMany', { count }),
        }),
      );
    };
    const unsubscribe = store.subscribe((state, before) => {
      // An open chat is a live log of its own.
      const told = announcementsBetween(before, state).filter((one) => !(chatOpen && one.kind === 'message'));
      if (told.length === 0) return;
      waiting.current.push(...told);
      timer ??= setTimeout(say, COLLECT_MS);
    });
    return () => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    };
  }, [store, t, chatOpen]);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}
