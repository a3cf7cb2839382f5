import { describe, expect, test } from 'vitest';
import { initialPreferences, languageOf } from './preferences.ts';

const nothing = (): undefined => undefined;
const stored = (values: Record<string, string>) => (key: string): string | undefined => values[key];

describe('languages', () => {
  test.each([['zh', 'zh-CN'], ['zh-CN', 'zh-CN'], ['zh-Hans-SG', 'zh-CN'], ['en-GB', 'en'], ['de', 'en']])('%s reads as %s', (tag, language) => {
    expect(languageOf(tag)).toBe(language);
  });
  test('none is none', () => expect(languageOf('')).toBeUndefined());
});

describe('what a visitor sees first', () => {
  test('the address wins', () => {
    expect(initialPreferences('?lang=zh&theme=dark&presenter=on', stored({ language: 'en', theme: 'light', presenter: 'off' }), 'en'))
      .toEqual({ language: 'zh-CN', theme: 'dark', presenter: true });
  });
  test('then what was stored', () => {
    expect(initialPreferences('', stored({ language: 'zh-CN', theme: 'light', presenter: 'on' }), 'en')).toEqual({ language: 'zh-CN', theme: 'light', presenter: true });
  });
  test('then the browser', () => {
    expect(initialPreferences('', nothing, 'zh-TW')).toEqual({ language: 'zh-CN', theme: 'system', presenter: false });
  });
  test('nonsense is ignored', () => {
    expect(initialPreferences('?theme=pink', stored({ theme: 'blue' }), undefined)).toEqual({ language: 'en', theme: 'system', presenter: false });
  });
});
