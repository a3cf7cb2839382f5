// Regular expressions of API objects: RE2 syntax and, whatever the pattern, linear time.
import { RE2JS, RE2JSException } from 're2js';

const compiled = new Map<string, RE2JS | string>();
const maxCompiled = 1000;

/** The compiled pattern, or Go's words for what is wrong with it. */
function compile(pattern: string): RE2JS | string {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  let result: RE2JS | string;
  try {
    result = RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    result = error.message === trailingBackslash ? `${trailingBackslash}: \`\`` : error.message;
  }
  if (compiled.size >= maxCompiled) compiled.clear();
  compiled.set(pattern, result);
  return result;
}

const trailingBackslash = 'error parsing regexp: trailing backslash at end of expression';

/** Go's error for an invalid pattern. */
export function patternProblem(pattern: string): string | undefined {
  const result = compile(pattern);
  return typeof result === 'string' ? result : undefined;
}

/** Whether a part of the text matches (regexp.MatchString); false for an invalid pattern. */
export function matchesPattern(pattern: string, text: string): boolean {
  const result = compile(pattern);
  return typeof result !== 'string' && result.test(text);
}
