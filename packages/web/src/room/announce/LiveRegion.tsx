import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSessionStore } from '../session-context.tsx';
import { useView } from '../view-context.tsx';
import { announcementsBetween, announcementText } from './announcements.ts';
import type { Announcement, AnnouncementTexts } from './announcements.ts';

/** Long enough that a burst is one sentence, short enough to be news. */
const COLLECT_MS = 700;

/** Reads out who comes, goes, shares and writes, for those who cannot see it. */
export function LiveRegion() {
  const store = useSessionStore();
  const texts = useLatest(useTexts());
  // An open chat is a live log of its own.
  const chatOpen = useLatest(useView((view) => view.panel === 'chat'));
  const [text, setText] = useState('');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let waiting: Announcement[] = [];
    const say = () => {
      const news = announcementText(waiting, texts.current);
      timer = null;
      waiting = [];
      // The same words again are read again only if the text differs.
      setText((before) => (before === news ? `${news}\u00a0` : news));
    };
    const unsubscribe = store.subscribe((state, before) => {
      const told = announcementsBetween(before, state).filter((one) => !(chatOpen.current && one.kind === 'message'));
      if (told.length === 0) return;
      waiting.push(...told);
      timer ??= setTimeout(say, COLLECT_MS);
    });
    return () => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    };
  }, [store, texts, chatOpen]);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}

function useTexts(): AnnouncementTexts {
  const { t } = useTranslation('room');
  return {
    one: (told) => {
      switch (told.kind) {
        case 'message':
          return t(`chat.from.${told.to}`, { name: told.name, text: told.text });
        case 'reconnecting':
        case 'reconnected':
          return t(`announce.${told.kind}`);
        default:
          return t(`announce.${told.kind}`, { name: told.name });
      }
    },
    many: (kind, count) => t(kind === 'joined' ? 'announce.joinedMany' : 'announce.leftMany', { count }),
  };
}

/** The newest value for a callback that outlives the render. */
function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}
