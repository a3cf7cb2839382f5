// localStorage that may be full, forbidden or absent: a preference that cannot be kept is not an error.

const PREFIX = 'wheelhouse.';

/** The stored text, or undefined where there is none or storage is unavailable. */
export function readStored(key: string): string | undefined {
  try {
    return globalThis.localStorage.getItem(PREFIX + key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Stores a text, or removes it when undefined. Answers whether the browser kept it. */
export function writeStored(key: string, value: string | undefined): boolean {
  try {
    if (value === undefined) globalThis.localStorage.removeItem(PREFIX + key);
    else globalThis.localStorage.setItem(PREFIX + key, value);
    return true;
  } catch {
    return false;
  }
}
