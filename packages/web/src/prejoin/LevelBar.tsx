import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { measureLevel } from '../session/level-meter.ts';
import { cx } from '../ui/cx.ts';

const BARS = 14;

/** Moves with the voice. Drawn outside of React, as it changes with each frame. */
export function LevelBar({ track }: { track: MediaStreamTrack | null }) {
  const { t } = useTranslation('prejoin');
  const meter = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = meter.current;
    if (!track || !element) return undefined;
    return drawLevel(track, element);
  }, [track]);
  return (
    <div
      ref={meter}
      role="meter"
      aria-label={t('level')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
      className="flex h-2 items-center gap-1"
    >
      {Array.from({ length: BARS }, (_, index) => (
        <span key={index} className={cx('h-full flex-1 rounded-full bg-line transition-colors duration-75 data-on:bg-accent')} />
      ))}
    </div>
  );
}

function drawLevel(track: MediaStreamTrack, element: HTMLElement): () => void {
  const context = new AudioContext();
  const level = measureLevel(track, context);
  // Browsers keep sound suspended until a page was touched; the first press or key wakes it.
  const wake = () => void context.resume().catch(() => undefined);
  addEventListener('pointerdown', wake);
  addEventListener('keydown', wake);
  let frame = 0;
  let shown = 0;
  const draw = () => {
    const now = level.level();
    shown = Math.max(now, shown * 0.88); // rises at once, falls gently
    const lit = Math.round(shown * BARS);
    [...element.children].forEach((bar, index) => bar.toggleAttribute('data-on', index < lit));
    const percent = String(Math.round((lit / BARS) * 100));
    if (element.getAttribute('aria-valuenow') !== percent) element.setAttribute('aria-valuenow', percent);
    frame = requestAnimationFrame(draw);
  };
  wake();
  draw();
  return () => {
    cancelAnimationFrame(frame);
    removeEventListener('pointerdown', wake);
    removeEventListener('keydown', wake);
    level.dispose();
    void context.close();
    for (const bar of element.children) bar.removeAttribute('data-on');
  };
}
