import { cx } from './cx.ts';

const TINTS = [
  'bg-[#1f5f52] text-[#d4f7ec]',
  'bg-[#2b4d7e] text-[#dbe9ff]',
  'bg-[#5b3f86] text-[#ece0ff]',
  'bg-[#7d3b5c] text-[#ffdfee]',
  'bg-[#82452a] text-[#ffe4d6]',
  'bg-[#6b5518] text-[#fff0c2]',
  'bg-[#3d5c2c] text-[#e2f7d3]',
  'bg-[#2a5a70] text-[#d5f1ff]',
] as const;

/** One or two letters: of the first and the last word of the name. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => firstLetter(word ?? ''));
  return letters.join('').toLocaleUpperCase();
}

/** As people see letters: an accent or an emoji of several code points is one. */
function firstLetter(word: string): string {
  const [letter] = new Intl.Segmenter().segment(word);
  return letter?.segment ?? '';
}

/** The same name has the same colour on every screen. */
export function tintOf(name: string): string {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return TINTS[hash % TINTS.length] ?? TINTS[0];
}

const SIZES = { small: 'size-8 text-xs', medium: 'size-10 text-sm', large: 'size-20 text-2xl', huge: 'size-28 text-4xl' };

/** Decoration: the name must be said in text beside it. */
export function Avatar({
  name,
  initials,
  src,
  size = 'medium',
  className,
}: {
  name: string;
  initials?: string | null;
  src?: string | null;
  size?: keyof typeof SIZES;
  className?: string;
}) {
  return (
    <span
      aria-hidden="true"
      className={cx(
        'inline-flex shrink-0 items-center justify-center overflow-hidden rounded-full font-semibold tracking-wide select-none',
        SIZES[size],
        tintOf(name),
        className,
      )}
    >
      {src ? <img src={src} alt="" referrerPolicy="no-referrer" className="size-full object-cover" /> : (initials ?? initialsOf(name))}
    </span>
  );
}
