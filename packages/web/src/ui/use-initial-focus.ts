import { useEffect, useRef, type RefObject } from 'react';

/** Puts the focus on the first thing to do when a page or dialog of its own opens. Not for parts of a page that is being read. */
export function useInitialFocus<E extends HTMLElement>(): RefObject<E | null> {
  const element = useRef<E>(null);
  useEffect(() => element.current?.focus(), []);
  return element;
}
