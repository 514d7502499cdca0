import { useLayoutEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';

const NEAR_PX = 48;

/** Follows the newest entry as long as one is at the end; who scrolled up stays where they read. */
export function useScrollAnchor(
  ref: RefObject<HTMLElement | null>,
  entryCount: number,
): { atEnd: boolean; onScroll(): void; toEnd(): void } {
  const [atEnd, setAtEnd] = useState(true);
  const follows = useRef(true);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element && entryCount > 0 && follows.current) element.scrollTop = element.scrollHeight;
  }, [ref, entryCount]);
  const onScroll = () => {
    const element = ref.current;
    if (!element) return;
    follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    setAtEnd(follows.current);
  };
  const toEnd = () => {
    follows.current = true;
    ref.current?.scrollTo({ top: ref.current.scrollHeight, behavior: 'smooth' });
  };
  return { atEnd, onScroll, toEnd };
}
