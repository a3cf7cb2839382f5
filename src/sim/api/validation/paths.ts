// Rules for file paths inside pods.
import type { Errors, Path } from './field.ts';

/** No part of the path is "..". */
export function noBacksteps(text: string, path: Path, errors: Errors): void {
  if (text.split('/').includes('..')) errors.invalid(path, text, "must not contain '..'");
}

/** A relative path that does not leave its directory. */
export function localDescendingPath(text: string, path: Path, errors: Errors): void {
  if (text.startsWith('/')) errors.invalid(path, text, 'must be a relative path');
  noBacksteps(text, path, errors);
}

/** As localDescendingPath; names that start with ".." are kept for the kubelet. */
export function localNonReservedPath(text: string, path: Path, errors: Errors): void {
  localDescendingPath(text, path, errors);
  if (text.startsWith('..') && !text.startsWith('../')) errors.invalid(path, text, "must not start with '..'");
}

export const fileModeMessage = 'must be a number between 0 and 0777 (octal), both inclusive';

export function validateFileMode(mode: number | undefined, path: Path, errors: Errors): void {
  if (mode !== undefined && (mode > 0o777 || mode < 0)) errors.invalid(path, mode, fileModeMessage);
}
