/** Hours and minutes as the reader writes them: the region of the browser counts (14:05 or 2:05 PM) as far as it is of this language. */
export function clockText(timeMs: number, language: string, preferred: readonly string[]): string {
  const locale = preferred.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language;
  return new Date(timeMs).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' });
}
