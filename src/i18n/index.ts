// The page's two languages. A new area of texts is one file in each language's folder and one line in each index.ts;
// texts.test.ts sees to it that both say the same things.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import * as en from './en/index.ts';
import type inspector from './en/inspector.ts';
import type samples from './en/samples.ts';
import type scheduling from './en/scheduling.ts';

export const LANGUAGES = ['en', 'zh-CN'] as const;
export type Language = (typeof LANGUAGES)[number];
/** The areas that texts are grouped by; each is an i18next namespace. */
export type Area = keyof typeof en;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'shell';
    /** Areas that are not in en/index.ts come with the part of the page that shows them. */
    resources: typeof en & { inspector: typeof inspector; samples: typeof samples; scheduling: typeof scheduling };
  }
}

/** Makes the translations ready, in English: the one language that is part of the page's first download. */
export function startTranslations(): void {
  void i18next.use(initReactI18next).init({
    resources: { en },
    lng: 'en',
    fallbackLng: 'en',
    ns: Object.keys(en),
    defaultNS: 'shell',
    initAsync: false,
    // React escapes; a name like `a<b` must not be escaped twice.
    interpolation: { escapeValue: false },
  });
}

async function loadTexts(language: Language): Promise<void> {
  switch (language) {
    case 'en': return;
    case 'zh-CN': {
      const texts = await import('./zh-CN/index.ts');
      for (const [area, bundle] of Object.entries(texts)) i18next.addResourceBundle(language, area, bundle);
    }
  }
}

/**
 * Switches what is on screen, once the language's texts are there; every component that reads a text renders again.
 * Where they cannot be loaded the page stays in the language it has.
 */
export async function setLanguage(language: Language): Promise<void> {
  if (!i18next.isInitialized) startTranslations();
  if (i18next.language === language) return;
  if (!i18next.hasResourceBundle(language, 'shell')) await loadTexts(language);
  await i18next.changeLanguage(language);
}
