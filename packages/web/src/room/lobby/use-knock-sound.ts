import { useEffect } from 'react';
import { browserStorage } from '../../app/browser-storage.ts';
import { loadPreferences } from '../../session/preferences.ts';
import { testSpeaker } from '../../session/test-speaker.ts';
import { useSessionStore } from '../session-context.tsx';

/** A crowd at the door rings once. */
const QUIET_MS = 3_000;

/** Rings when somebody knocks, for those who may let in, unless they have turned it off. */
export function useKnockSound(): void {
  const store = useSessionStore();
  useEffect(() => {
    let lastAtMs = -QUIET_MS;
    return store.subscribe(({ lobby, phase, devices }, before) => {
      if (lobby === before.lobby || phase.kind !== 'joined') return;
      const known = new Set(before.lobby.map(({ id }) => id));
      if (lobby.every(({ id }) => known.has(id)) || performance.now() - lastAtMs < QUIET_MS) return;
      if (!loadPreferences(browserStorage('localStorage')).knockSound) return;
      lastAtMs = performance.now();
      // A browser that will not play it loses nothing: the card and the announcement are there.
      testSpeaker(devices.speakerId).catch(() => undefined);
    });
  }, [store]);
}
