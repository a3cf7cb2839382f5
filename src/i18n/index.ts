// The page's two languages. A new area of texts is one file in each language's folder and one line in each index.ts;
// texts.test.ts sees to it that both say the same things.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import * as en from './en/index.ts';
import * as zhCN from './zh-CN/index.ts';

export const LANGUAGES = ['en', 'zh-CN'] as const;
export type Language = (typeof LANGUAGES)[number];
/** The areas that texts are grouped by; each is an i18next namespace. */
export type Area = keyof typeof en;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'shell';
    resources: typeof en;
  }
}

/** Makes the translations ready; synchronous, since both languages are part of the page. */
export function startTranslations(language: Language): void {
  void i18next.use(initReactI18next).init({
    resources: { en, 'zh-CN': zhCN },
    lng: language,
    fallbackLng: 'en',
    ns: Object.keys(en),
    defaultNS: 'shell',
    initAsync: false,
    // React escapes; a name like `a<b` must not be escaped twice.
    interpolation: { escapeValue: false },
  });
}

/** Switches what is on screen; every component that reads a text renders again. */
export function setLanguage(language: Language): void {
  if (!i18next.isInitialized) startTranslations(language);
  else if (i18next.language !== language) void i18next.changeLanguage(language);
}
