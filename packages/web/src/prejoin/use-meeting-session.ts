import { useCallback, useEffect, useRef, useState } from 'react';
import { browserStorage } from '../app/browser-storage.ts';
import { loadResume } from '../session/resume-record.ts';
import type { MeetingSession } from '../session/state.ts';

const create = async (): Promise<MeetingSession> => {
  const { createMeetingSession } = await import('../session/create-session.ts');
  const session = createMeetingSession({
    origin: location.origin,
    storage: browserStorage('sessionStorage'),
    preferences: browserStorage('localStorage'),
  });
  // For diagnosis from the browser's console and for tests; holds counters, no secrets.
  Object.assign(window, { conclave: { inspect: session.inspect } });
  return session;
};

/** One meeting session for the life of the component. Its code is large and fetched apart, while the page is already shown. */
export function useMeetingSession(): { session: MeetingSession | null; whenReady(): Promise<MeetingSession> } {
  const [session, setSession] = useState<MeetingSession | null>(null);
  const pending = useRef<Promise<MeetingSession> | null>(null);

  const load = useCallback(() => {
    pending.current ??= create().catch((error: unknown) => {
      pending.current = null; // the next call tries again
      throw error;
    });
    return pending.current;
  }, []);
  const whenReady = useCallback(async () => {
    const ready = await load();
    setSession(ready);
    return ready;
  }, [load]);

  useEffect(() => {
    let current = true;
    load().then(
      (ready) => {
        if (current) setSession(ready);
      },
      () => undefined,
    );
    return () => {
      current = false;
      const mine = pending.current;
      pending.current = null;
      setSession(null);
      void mine?.then(
        (ready) => ready.dispose(),
        () => undefined,
      );
    };
  }, [load]);
  return { session, whenReady };
}

/** Whether this tab was in the room before a reload. */
export function mayResume(room: string): boolean {
  return loadResume(browserStorage('sessionStorage'), room) !== null;
}
