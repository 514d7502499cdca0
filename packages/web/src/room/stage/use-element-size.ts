import { useEffect, useState } from 'react';
import type { RefCallback } from 'react';
import type { Size } from '../layout/tile-grid.ts';

/** The size of an element's content box in whole CSS pixels, kept current. */
export function useElementSize(): [RefCallback<HTMLElement>, Size] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    if (!element) return;
    const measure = () =>
      setSize((before) => {
        const width = Math.floor(element.clientWidth);
        const height = Math.floor(element.clientHeight);
        return before.width === width && before.height === height ? before : { width, height };
      });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [setElement, size];
}
