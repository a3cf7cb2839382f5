// What a visitor prefers: language, theme, presenter mode. The address wins over what was stored, the stored over the browser's.
import i18next from 'i18next';
import { create } from 'zustand';
import { LANGUAGES, type Language, setLanguage } from '../../i18n/index.ts';
import { readStored, writeStored } from '../../view/storage.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** How much larger everything is in presenter mode; tokens.css and base.css say the same. */
export const PRESENTER_SCALE = 1.4;

export interface Preferences {
  readonly language: Language;
  readonly theme: Theme;
  readonly presenter: boolean;
}

const PARAMETERS: Readonly<Record<keyof Preferences, string>> = { language: 'lang', theme: 'theme', presenter: 'presenter' };

/** `zh`, `zh-CN`, `zh-Hans-SG` … are Chinese, everything else that names a language is English; undefined stays undefined. */
export function languageOf(tag: string | undefined): Language | undefined {
  if (tag === undefined || tag === '') return undefined;
  return /^zh\b/i.test(tag) ? 'zh-CN' : 'en';
}

function themeOf(text: string | undefined): Theme | undefined {
  return THEMES.find((theme) => theme === text);
}

function presenterOf(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'on' || text === '1' || text === 'true';
}

/** Reads the preferences from an address's parameters, then from storage, then from the browser's languages. */
export function initialPreferences(search: string, stored: (key: string) => string | undefined, browserLanguage: string | undefined): Preferences {
  const parameters = new URLSearchParams(search);
  const given = (key: keyof Preferences): string | undefined => parameters.get(PARAMETERS[key]) ?? undefined;
  return {
    language: languageOf(given('language')) ?? languageOf(stored('language')) ?? languageOf(browserLanguage) ?? LANGUAGES[0],
    theme: themeOf(given('theme')) ?? themeOf(stored('theme')) ?? 'system',
    presenter: presenterOf(given('presenter')) ?? presenterOf(stored('presenter')) ?? false,
  };
}

const darkQuery = (): MediaQueryList => globalThis.matchMedia('(prefers-color-scheme: dark)');

/** The theme that is on screen now. */
export function shownTheme(theme: Theme): 'light' | 'dark' {
  if (theme !== 'system') return theme;
  return darkQuery().matches ? 'dark' : 'light';
}

/** Attributes and texts. A language whose texts cannot be loaded leaves the page in the one it has. */
async function show(preferences: Preferences): Promise<void> {
  const root = document.documentElement;
  root.dataset['theme'] = shownTheme(preferences.theme);
  root.dataset['presenter'] = preferences.presenter ? 'on' : 'off';
  await setLanguage(preferences.language).catch(() => undefined);
  root.lang = i18next.language;
}

function dropParameter(key: keyof Preferences): void {
  const address = new URL(globalThis.location.href);
  if (!address.searchParams.has(PARAMETERS[key])) return;
  address.searchParams.delete(PARAMETERS[key]);
  globalThis.history.replaceState(globalThis.history.state, '', address);
}

function storedForm(value: Preferences[keyof Preferences]): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : value;
}

export const usePreferences = create<Preferences>()(() => ({ language: LANGUAGES[0], theme: 'system', presenter: false }));

/** Changes one preference, keeps it for the next visit and takes a contradicting parameter out of the address. */
export function setPreference<K extends keyof Preferences>(key: K, value: Preferences[K]): void {
  usePreferences.setState({ [key]: value });
  writeStored(key, storedForm(value));
  dropParameter(key);
  void show(usePreferences.getState());
}

/** Applies the preferences before the first paint and follows the system's theme from then on. */
export async function startPreferences(): Promise<void> {
  usePreferences.setState(initialPreferences(globalThis.location.search, readStored, globalThis.navigator.language));
  darkQuery().addEventListener('change', () => void show(usePreferences.getState()));
  await show(usePreferences.getState());
}
