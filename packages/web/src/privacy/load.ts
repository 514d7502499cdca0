import { loadTexts } from '../ui/strings/language.ts';

/** Fetches the privacy page together with its texts. */
export async function loadPrivacyPage() {
  const [{ PrivacyPage }] = await Promise.all([import('./PrivacyPage.tsx'), loadTexts('privacy')]);
  return { default: PrivacyPage };
}
