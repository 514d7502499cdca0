import { loadTexts } from '../../ui/strings/language.ts';

/** Fetches the pages of the event log together with their texts. */
export async function loadLogPages() {
  const [{ LogPages }] = await Promise.all([import('./LogPages.tsx'), loadTexts('log')]);
  return { default: LogPages };
}
