import { cx } from './cx.ts';

/** The mark: a ring of people with one seat open. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={cx('size-8 shrink-0', className)}>
      <rect width="32" height="32" rx="9" className="fill-[#0c6b58]" />
      <path d="M22.2 10.6a8.2 8.2 0 1 0 0 10.8" fill="none" stroke="#fff" strokeWidth="3.2" strokeLinecap="round" />
      <circle cx="20.4" cy="16" r="2.6" className="fill-[#8ff0d4]" />
    </svg>
  );
}

export function Logo({ className }: { className?: string }) {
  return (
    <span className={cx('inline-flex items-center gap-2.5', className)}>
      <Mark />
      <span className="text-[1.0625rem] font-semibold tracking-[-0.02em]">Conclave</span>
    </span>
  );
}
