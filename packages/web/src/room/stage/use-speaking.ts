import { useEffect } from 'react';
import type { RefObject } from 'react';
import { useCommands } from '../session-context.tsx';

/** On the scale of `audioLevel` about -45 dBFS: above the noise of a quiet room, below a soft voice. */
const THRESHOLD = 0.3;
const PERIOD_MS = 100;
/** Pauses between words do not make the ring flicker. */
const HOLD_MS = 500;

const looks = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/**
 * All tiles look in the same task: to read a level Chromium waits for another thread, and reads those of all receivers while it is at it. Nobody
 * looks while nobody can see it.
 */
function lookRegularly(look: () => void): () => void {
  looks.add(look);
  timer ??= setInterval(() => {
    if (document.hidden) return;
    for (const each of looks) each();
  }, PERIOD_MS);
  return () => {
    looks.delete(look);
    if (looks.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/**
 * Sets `data-speaking` on the element while sound comes from that person. Written to the element directly:
 * levels change ten times a second and nothing else of the tile does.
 */
export function useSpeaking(ref: RefObject<HTMLElement | null>, participantId: string, listening: boolean): void {
  const { audioLevel } = useCommands();
  useEffect(() => {
    const element = ref.current;
    if (!element || !listening) return;
    let quietForMs = HOLD_MS;
    const stopLooking = lookRegularly(() => {
      quietForMs = audioLevel(participantId) > THRESHOLD ? 0 : quietForMs + PERIOD_MS;
      const speaking = String(quietForMs < HOLD_MS);
      if (element.dataset.speaking !== speaking) element.dataset.speaking = speaking;
    });
    return () => {
      stopLooking();
      delete element.dataset.speaking;
    };
  }, [ref, participantId, listening, audioLevel]);
}
