import i18n from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en/index.ts';
import { vi } from './vi/index.ts';

/** The languages of the page, each in its own words. */
export const LANGUAGES = { en: 'English', vi: 'Tiếng Việt' } as const;
export type Language = keyof typeof LANGUAGES;
const KEPT_AS = 'meetings.language';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

const isLanguage = (text: string | null | undefined): text is Language => text === 'en' || text === 'vi';

/** What was chosen here before, else the first of the browser's that we have. */
function preferred(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  if (isLanguage(kept)) return kept;
  return navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}

export async function startI18n(): Promise<void> {
  i18n.on('languageChanged', (language) => {
    document.documentElement.lang = language;
  });
  await i18n.use(initReactI18next).init({
    lng: preferred(),
    fallbackLng: 'en',
    resources: { en: { translation: en }, vi: { translation: vi } },
    // React escapes.
    interpolation: { escapeValue: false },
  });
}

export async function choose(language: Language): Promise<void> {
  localStorage.setItem(KEPT_AS, language);
  await i18n.changeLanguage(language);
}

export default i18n;
