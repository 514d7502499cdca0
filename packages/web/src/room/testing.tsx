import { cleanup, configure, render } from '@testing-library/react';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { afterEach, beforeAll, vi } from 'vitest';
import { catalogue } from '../ui/strings/en/catalogue.ts';
import { ToastProvider } from '../ui/Toast.tsx';
import { TooltipProvider } from '../ui/Tooltip.tsx';
import { createFixtureSession } from './fixture-session.ts';
import type { FixtureOptions, FixtureSession } from './fixture-session.ts';
import { RoomPage } from './RoomPage.tsx';
import type { ViewState } from './view-state.ts';

/** What jsdom lacks: layout, media, and observers. `phone` makes the window narrow. */
export function prepareBrowser(): { phone(on: boolean): void } {
  let narrow = false;
  // A second, which is what it waits otherwise, is little on a machine that is busy.
  configure({ asyncUtilTimeout: 10_000 });
  beforeAll(async () => {
    class NoObserver {
      observe() {}
      unobserve() {}
      disconnect() {}
    }
    vi.stubGlobal('ResizeObserver', NoObserver);
    vi.stubGlobal(
      'MediaStream',
      class {
        getTracks() {
          return [];
        }
        addTrack() {}
        removeTrack() {}
      },
    );
    vi.stubGlobal('matchMedia', (query: string) => ({
      matches: narrow && query.includes('max-width'),
      addEventListener() {},
      removeEventListener() {},
    }));
    Object.defineProperties(HTMLElement.prototype, {
      clientWidth: { configurable: true, get: () => (narrow ? 374 : 1400) },
      clientHeight: { configurable: true, get: () => (narrow ? 690 : 800) },
    });
    HTMLMediaElement.prototype.play = () => Promise.resolve();
    HTMLMediaElement.prototype.pause = () => {};
    Element.prototype.scrollTo = () => {};
    Element.prototype.hasPointerCapture = () => false;
    await i18next
      .use(initReactI18next)
      .init({ lng: 'en', defaultNS: 'common', resources: { en: catalogue }, interpolation: { escapeValue: false } });
  });
  afterEach(() => {
    narrow = false;
    cleanup();
  });
  return {
    phone: (on) => {
      narrow = on;
    },
  };
}

/** A track that is good enough for an element of jsdom. */
export function fakeTrack(): MediaStreamTrack {
  return new EventTarget() as MediaStreamTrack; // jsdom plays nothing: only its identity counts
}

export function showRoom(options: FixtureOptions, view: Partial<ViewState> = {}): FixtureSession & { rejoined: () => number } {
  const session = createFixtureSession({ tracks: fakeTrack, ...options });
  let rejoined = 0;
  render(
    <TooltipProvider>
      <ToastProvider>
        <RoomPage
          session={session}
          initialView={view}
          onRejoin={() => {
            rejoined += 1;
          }}
        />
      </ToastProvider>
    </TooltipProvider>,
  );
  return { ...session, rejoined: () => rejoined };
}
