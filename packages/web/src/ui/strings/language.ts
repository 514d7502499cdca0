import { KEPT_IN_BROWSER } from '@conclave/protocol/kept-in-browser';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

export const LANGUAGES = [
  { value: 'en', label: 'English' },
  { value: 'de', label: 'Deutsch' },
] as const;
export type Language = (typeof LANGUAGES)[number]['value'];

const STORAGE_KEY = KEPT_IN_BROWSER.language.name;

const CATALOGUES: Record<Language, () => Promise<Record<string, object>>> = {
  en: async () => (await import('./en/catalogue.ts')).catalogue,
  de: async () => (await import('./de/catalogue.ts')).catalogue,
};

/** Texts that only some pages need: fetched with those pages, not before the first view. */
const LATER_AREAS = {
  check: {
    en: async () => (await import('./en/check.ts')).check,
    de: async () => (await import('./de/check.ts')).check,
  },
  log: {
    en: async () => (await import('./en/log.ts')).log,
    de: async () => (await import('./de/log.ts')).log,
  },
  privacy: {
    en: async () => (await import('./en/privacy.ts')).privacy,
    de: async () => (await import('./de/privacy.ts')).privacy,
  },
  roles: {
    en: async () => (await import('./en/roles.ts')).roles,
    de: async () => (await import('./de/roles.ts')).roles,
  },
} satisfies Record<string, Record<Language, () => Promise<object>>>;

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

/** Fetches the texts of an area that is not part of the first view; they follow later switches of the language. */
export async function loadTexts(area: keyof typeof LATER_AREAS): Promise<void> {
  if (!i18next.isInitialized) await new Promise<void>((resolve) => i18next.on('initialized', () => resolve()));
  const language = pickLanguage(i18next.language, []);
  if (!i18next.hasResourceBundle(language, area)) i18next.addResourceBundle(language, area, await LATER_AREAS[area][language]());
}

/** Switches at once and remembers it in this browser. */
export async function switchLanguage(language: Language): Promise<void> {
  for (const [area, texts] of Object.entries(await CATALOGUES[language]())) i18next.addResourceBundle(language, area, texts, true, true);
  for (const [area, texts] of Object.entries(LATER_AREAS)) {
    if (i18next.hasResourceBundle(i18next.language, area)) i18next.addResourceBundle(language, area, await texts[language]());
  }
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
