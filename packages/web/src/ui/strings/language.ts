import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

export const LANGUAGES = [
  { value: 'en', label: 'English' },
  { value: 'de', label: 'Deutsch' },
] as const;
export type Language = (typeof LANGUAGES)[number]['value'];

const STORAGE_KEY = 'conclave.language';

const CATALOGUES: Record<Language, () => Promise<Record<string, object>>> = {
  en: async () => (await import('./en/catalogue.ts')).catalogue,
  de: async () => (await import('./de/catalogue.ts')).catalogue,
};

/** The language chosen before, else the first of the browser's languages that we have, else English. */
export function pickLanguage(stored: string | null, preferred: readonly string[]): Language {
  for (const wanted of [stored, ...preferred]) {
    const base = wanted?.toLowerCase().split('-')[0];
    const known = LANGUAGES.find((language) => language.value === base);
    if (known) return known.value;
  }
  return 'en';
}

/** Loads the texts of one language and starts i18next; resolves when the page can be drawn. */
export async function startLanguage(): Promise<void> {
  const language = pickLanguage(readStored(), navigator.languages);
  await i18next.use(initReactI18next).init({
    lng: language,
    defaultNS: 'common',
    resources: { [language]: await CATALOGUES[language]() },
    fallbackLng: false,
    interpolation: { escapeValue: false }, // React escapes
    react: { useSuspense: false },
  });
  document.documentElement.lang = language;
}

/** Switches at once and remembers it in this browser. */
export async function switchLanguage(language: Language): Promise<void> {
  for (const [area, texts] of Object.entries(await CATALOGUES[language]())) i18next.addResourceBundle(language, area, texts, true, true);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Storage is closed to us (private window): the choice lasts as long as the page.
  }
}

function readStored(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
