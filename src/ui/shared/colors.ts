// Colours as the design tokens write them, and WCAG 2 contrast, with which the tokens are checked.

/** `#aabbcc` for `#abc`, which the built style sheet shortens to; any other text as it is. */
export function fullHex(color: string): string {
  return /^#[0-9a-f]{3}$/i.test(color) ? color.replace(/[0-9a-f]/gi, '$&$&') : color;
}

/** Relative luminance, 0 to 1, of a colour written as `#rrggbb`; NaN for anything else. Source: WCAG 2.2, "relative luminance". */
export function luminance(hex: string): number {
  if (!/^#[0-9a-f]{6}$/i.test(hex)) return Number.NaN;
  const value = Number.parseInt(hex.slice(1), 16);
  const channel = (shift: number): number => {
    const share = ((value >> shift) & 0xff) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0);
}

/** Contrast ratio, 1 to 21, whichever of the two is lighter. */
export function contrast(a: string, b: string): number {
  const [first, second] = [luminance(a), luminance(b)];
  return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
}
