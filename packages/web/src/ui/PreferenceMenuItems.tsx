import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MenuRadioGroup, MenuSeparator } from './Menu.tsx';
import { LANGUAGES, switchLanguage } from './strings/language.ts';
import { chooseTheme, currentTheme, THEMES, type Theme } from './theme.ts';

/** Language and theme, as entries of a menu. */
export function PreferenceMenuItems() {
  const { t, i18n } = useTranslation('common');
  const [theme, setTheme] = useState(currentTheme);
  const themeNames: Record<Theme, string> = { system: t('themeSystem'), light: t('themeLight'), dark: t('themeDark') };
  const takeTheme = (value: string) => {
    const chosen = THEMES.find((known) => known === value) ?? 'system';
    chooseTheme(chosen);
    setTheme(chosen);
  };
  const chooseLanguage = (value: string) => {
    const chosen = LANGUAGES.find((known) => known.value === value);
    if (chosen) void switchLanguage(chosen.value);
  };
  return (
    <>
      <MenuRadioGroup label={t('language')} value={i18n.language} onChange={chooseLanguage} options={LANGUAGES} />
      <MenuSeparator />
      <MenuRadioGroup
        label={t('theme')}
        value={theme}
        onChange={takeTheme}
        options={THEMES.map((value) => ({ value, label: themeNames[value] }))}
      />
    </>
  );
}
