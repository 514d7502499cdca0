import { loadTexts } from '../ui/strings/language.ts';

/** Fetches the connection check together with its texts. */
export async function loadCheckPage() {
  const [{ CheckPage }] = await Promise.all([import('./CheckPage.tsx'), loadTexts('check')]);
  return { default: CheckPage };
}
