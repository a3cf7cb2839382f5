/** A flag that does not exist, or a value that it does not take; the message says which and what it takes. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}
