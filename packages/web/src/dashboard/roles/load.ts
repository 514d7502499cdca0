import { loadTexts } from '../../ui/strings/language.ts';

/** Fetches the page about roles together with its texts. */
export async function loadRolesPage() {
  const [{ RolesPage }] = await Promise.all([import('./RolesPage.tsx'), loadTexts('roles')]);
  return { default: RolesPage };
}
