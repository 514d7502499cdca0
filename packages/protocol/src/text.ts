/**
 * Text as PostgreSQL can hold it: NUL and surrogates without their other half become U+FFFD. For what people type, which is
 * not refused for a character that nobody sees.
 */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
