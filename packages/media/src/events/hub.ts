import type { MediaEvent } from '@conclave/protocol/media-api/internal';

/** Takes one event as JSON. */
export type Listener = (text: string) => void;

/** Hands events to those that listen now; nothing is kept for later, because a snapshot begins each listening. */
export interface EventHub {
  emit(event: MediaEvent): void;
  /** Returns the function that ends it. */
  listen(listener: Listener): () => void;
  /** How many listen now. */
  readonly listeners: number;
}

export function createEventHub(): EventHub {
  const listeners = new Set<Listener>();
  return {
    get listeners() {
      return listeners.size;
    },
    emit(event) {
      if (listeners.size === 0) return;
      const text = JSON.stringify(event);
      for (const listener of listeners) listener(text);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
