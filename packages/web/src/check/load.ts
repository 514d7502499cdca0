import { loadTexts } from '../ui/strings/language.ts';

/** Fetches the connection check together with its texts. */
export async function loadCheckPage() {
  const [{ CheckPage }] = await Promise.all([import('./CheckPage.tsx'), loadTexts('check')]);
  return { default: CheckPage };
}

/** The same for what is shown of it where joining has failed. */
export async function loadFailureCheck() {
  const [{ FailureCheck }] = await Promise.all([import('./FailureCheck.tsx'), loadTexts('check')]);
  return FailureCheck;
}
