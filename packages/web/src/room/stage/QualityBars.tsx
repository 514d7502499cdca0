import type { Quality } from '@conclave/protocol/media-api/internal';
import { useTranslation } from 'react-i18next';
import { cx } from '../../ui/cx.ts';

const LIT: Record<Quality, number> = { good: 3, fair: 2, poor: 1 };
const BARS = [
  { x: 1, y: 9, height: 6 },
  { x: 6.5, y: 5, height: 10 },
  { x: 12, y: 1, height: 14 },
];

/** Three bars, as on a phone; says the same in words. */
export function QualityBars({ quality, className }: { quality: Quality; className?: string }) {
  const { t } = useTranslation('room');
  return (
    <svg role="img" aria-label={t(`quality.${quality}`)} viewBox="0 0 16 16" className={cx('size-4', className)}>
      <title>{t(`quality.${quality}`)}</title>
      {BARS.map((bar, index) => (
        <rect
          key={bar.x}
          x={bar.x}
          y={bar.y}
          width="3"
          height={bar.height}
          rx="1"
          fill="currentColor"
          opacity={index < LIT[quality] ? 1 : 0.3}
        />
      ))}
    </svg>
  );
}
