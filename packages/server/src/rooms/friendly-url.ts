import { randomInt } from 'node:crypto';

/** Lower-case letters that are not mistaken for one another when read aloud or copied by hand. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz';

/** A new room's path segment, such as `kfnd-wrtz-hmqa`: 54 random bits, so that public rooms are not found by guessing. */
export function randomFriendlyUrl(): string {
  const group = () => Array.from({ length: 4 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('');
  return `${group()}-${group()}-${group()}`;
}
