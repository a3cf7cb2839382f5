// Monaco's colours, taken from the design tokens of the theme that is on screen.
import * as monaco from 'monaco-editor/editor/editor.api.js';
import { fullHex } from '../../shared/colors.ts';

const THEME = 'wheelhouse';

/** Monaco's name for each colour and the token it takes. */
const COLORS: Readonly<Record<string, string>> = {
  'editor.background': '--surface',
  'editor.foreground': '--code-value',
  'editorLineNumber.foreground': '--code-mark',
  'editorLineNumber.activeForeground': '--text-soft',
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((level) => [`editorBracketHighlight.foreground${level}`, '--code-mark'])),
  'editorBracketHighlight.unexpectedBracket.foreground': '--code-mark',
  'editor.lineHighlightBackground': '--code-line',
  'editor.lineHighlightBorder': '--code-line',
  'editor.selectionBackground': '--code-selection',
  'editor.inactiveSelectionBackground': '--hover',
  'editor.selectionHighlightBackground': '--hover',
  'editor.wordHighlightBackground': '--hover',
  'editor.findMatchBackground': '--phase-pending-soft',
  'editor.findMatchHighlightBackground': '--phase-pending-soft',
  'editorCursor.foreground': '--text',
  'editorIndentGuide.background1': '--line',
  'editorIndentGuide.activeBackground1': '--line-strong',
  'editorWhitespace.foreground': '--line-strong',
  'editorBracketMatch.background': '--hover',
  'editorBracketMatch.border': '--line-strong',
  'editorError.foreground': '--phase-failed',
  'editorWarning.foreground': '--phase-pending',
  'editorInfo.foreground': '--text-faint',
  'editorWidget.background': '--surface-raised',
  'editorWidget.foreground': '--text',
  'editorWidget.border': '--line',
  'editorHoverWidget.background': '--surface-raised',
  'editorHoverWidget.foreground': '--text',
  'editorHoverWidget.border': '--line',
  'editorSuggestWidget.background': '--surface-raised',
  'editorSuggestWidget.foreground': '--text',
  'editorSuggestWidget.border': '--line',
  'editorSuggestWidget.selectedBackground': '--selected',
  'editorSuggestWidget.selectedForeground': '--text',
  'editorSuggestWidget.selectedIconForeground': '--text',
  'editorSuggestWidget.highlightForeground': '--text',
  'editorSuggestWidget.focusHighlightForeground': '--text',
  'list.hoverBackground': '--hover',
  'list.focusBackground': '--selected',
  'list.activeSelectionBackground': '--selected',
  'list.activeSelectionForeground': '--text',
  'input.background': '--surface-sunk',
  'input.foreground': '--text',
  'input.border': '--line-strong',
  focusBorder: '--line-strong',
  'menu.background': '--surface-raised',
  'menu.foreground': '--text',
  'menu.selectionBackground': '--hover',
  'menu.selectionForeground': '--text',
  'menu.separatorBackground': '--line',
  'widget.shadow': '--line',
  'scrollbar.shadow': '--surface',
  'scrollbarSlider.background': '--pressed',
  'scrollbarSlider.hoverBackground': '--line-strong',
  'scrollbarSlider.activeBackground': '--line-strong',
  'editorOverviewRuler.border': '--surface',
  'editorGutter.background': '--surface',
  'textLink.foreground': '--text',
  'textLink.activeForeground': '--text',
  'textCodeBlock.background': '--surface-sunk',
  'diffEditor.insertedLineBackground': '--code-added',
  'diffEditor.insertedTextBackground': '--code-added',
  'diffEditor.removedLineBackground': '--code-removed',
  'diffEditor.removedTextBackground': '--code-removed',
  'diffEditor.diagonalFill': '--line',
  'diffEditor.unchangedRegionBackground': '--surface-sunk',
  'diffEditor.unchangedRegionForeground': '--text-soft',
};
/** One ink in three strengths: keys, values, comments. Nothing here competes with the colour of a phase. */
const TOKENS: readonly (readonly [string, string])[] = [
  ['', '--code-value'], ['type', '--code-key'], ['string', '--code-value'], ['number', '--code-value'], ['keyword', '--code-value'],
  ['comment', '--code-comment'], ['delimiter', '--code-mark'], ['operators', '--code-mark'], ['tag', '--code-key'], ['namespace', '--code-key'], ['meta', '--code-comment'],
];

function applyTheme(): void {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => fullHex(style.getPropertyValue(name).trim());
  monaco.editor.defineTheme(THEME, {
    base: document.documentElement.dataset['theme'] === 'dark' ? 'vs-dark' : 'vs',
    inherit: true,
    colors: Object.fromEntries(Object.entries(COLORS).map(([name, from]) => [name, token(from)])),
    // The base themes colour some tokens of YAML by their full name, so both forms are set.
    rules: TOKENS.flatMap(([name, from]) => [name, `${name}.yaml`].map((form) => ({ token: form, foreground: token(from).slice(1) }))),
  });
  monaco.editor.setTheme(THEME);
}

/** Sets the theme now and again whenever the page's changes. */
export function followTheme(): void {
  applyTheme();
  new MutationObserver(applyTheme).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  void document.fonts.ready.then(() => monaco.editor.remeasureFonts());
}

const FONT_PX = 13;
const LINE_PX = 20;

/** Font options in px at the present scale: Monaco measures for itself and knows no rem. */
export function fontOptions(): { fontFamily: string; fontSize: number; lineHeight: number } {
  const style = getComputedStyle(document.documentElement);
  const rootPx = Number.parseFloat(style.fontSize) || 16;
  const scale = rootPx / 16;
  return { fontFamily: style.getPropertyValue('--font-mono'), fontSize: Math.round(FONT_PX * scale), lineHeight: Math.round(LINE_PX * scale) };
}
