export const SHORTCUTS = [
  { action: 'microphone', key: 'm', withControl: 'd' },
  { action: 'camera', key: 'v', withControl: 'e' },
  { action: 'screen', key: 's', withControl: null },
  { action: 'hand', key: 'h', withControl: null },
  { action: 'participants', key: 'p', withControl: null },
  { action: 'chat', key: 'c', withControl: null },
  { action: 'view', key: 'g', withControl: null },
  { action: 'help', key: '?', withControl: null },
] as const;

export type ShortcutAction = (typeof SHORTCUTS)[number]['action'] | 'close';

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
  isComposing: boolean;
}

/**
 * What a key means; null: nothing of ours. While somebody types, single letters are theirs; Escape and the combinations
 * with Control (Command on a Mac) still work. A key held down counts once.
 */
export function shortcutOf(press: KeyPress, typing: boolean): ShortcutAction | null {
  if (press.repeat || press.isComposing || press.altKey) return null;
  if (press.key === 'Escape') return 'close';
  const key = press.key.toLowerCase();
  if (press.ctrlKey || press.metaKey) return SHORTCUTS.find((shortcut) => shortcut.withControl === key)?.action ?? null;
  if (typing) return null;
  return SHORTCUTS.find((shortcut) => shortcut.key === key)?.action ?? null;
}

/** True where letters go into a field, or choose within a menu or a list. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest(
      'input, textarea, select, [contenteditable=""], [contenteditable="true"], [role="menu"], [role="listbox"], [role="dialog"]',
    ) !== null
  );
}
