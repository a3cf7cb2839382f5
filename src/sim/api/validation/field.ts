// Paths and errors of validation (models apimachinery/pkg/util/validation/field).
import { goJson, goQuote } from '../go-format.ts';
import type { FieldError } from '../meta.ts';

/** Where a value stands: `spec.containers[0].ports[1].name`. Built on the way down, written out only for errors. */
export class Path {
  private readonly parent: Path | undefined;
  private readonly part: string | number;
  private readonly keyed: boolean;

  constructor(part: string | number, parent?: Path, keyed = false) {
    this.parent = parent;
    this.part = part;
    this.keyed = keyed;
  }

  child(name: string): Path {
    return new Path(name, this);
  }

  index(i: number): Path {
    return new Path(i, this);
  }

  /** A member of a map: `limits[cpu]`. */
  key(name: string): Path {
    return new Path(name, this, true);
  }

  /** A warning about this place. */
  note(text: string): string {
    return `${this.toString()}: ${text}`;
  }

  toString(): string {
    const before = this.parent === undefined ? '' : this.parent.toString();
    if (this.keyed || typeof this.part === 'number') return `${before}[${this.part}]`;
    return before === '' ? this.part : `${before}.${this.part}`;
  }
}

/** A value to print as it is, for Go types whose printing differs from JSON's. */
export class Printed {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const titles: Readonly<Record<FieldError['type'], string>> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
};

function printed(value: unknown): string {
  if (value instanceof Printed) return value.text;
  if (typeof value === 'string') return goQuote(value);
  if (value === undefined || value === null) return 'null';
  return goJson(value);
}

/** Collects the errors of one object, in the order in which they are found. */
export class Errors {
  readonly list: FieldError[] = [];

  get length(): number {
    return this.list.length;
  }

  private add(type: FieldError['type'], path: Path | string, body: string): void {
    this.list.push({ type, path: String(path), message: body });
  }

  private withValue(type: FieldError['type'], path: Path | string, value: unknown, detail: string): void {
    this.add(type, path, `${titles[type]}: ${printed(value)}${detail === '' ? '' : `: ${detail}`}`);
  }

  private withoutValue(type: FieldError['type'], path: Path | string, detail: string): void {
    this.add(type, path, detail === '' ? titles[type] : `${titles[type]}: ${detail}`);
  }

  required(path: Path | string, detail = ''): void {
    this.withoutValue('FieldValueRequired', path, detail);
  }

  invalid(path: Path | string, value: unknown, detail: string): void {
    this.withValue('FieldValueInvalid', path, value, detail);
  }

  /** Without the value, which would be too long to show. */
  invalidPart(path: Path | string, detail: string): void {
    this.withoutValue('FieldValueInvalid', path, detail);
  }

  /** One error for every message. */
  invalidAll(path: Path | string, value: unknown, messages: readonly string[]): void {
    for (const message of messages) this.invalid(path, value, message);
  }

  forbidden(path: Path | string, detail: string): void {
    this.withoutValue('FieldValueForbidden', path, detail);
  }

  /** Without a value if that would be too long to show. */
  duplicate(path: Path | string, value: unknown, detail = ''): void {
    if (value === undefined) this.withoutValue('FieldValueDuplicate', path, detail);
    else this.withValue('FieldValueDuplicate', path, value, detail);
  }

  notFound(path: Path | string, value: unknown): void {
    this.withValue('FieldValueNotFound', path, value, '');
  }

  notSupported(path: Path | string, value: unknown, supported: readonly string[]): void {
    this.withValue('FieldValueNotSupported', path, value, supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`);
  }

  tooLong(path: Path | string, maxBytes: number): void {
    this.withoutValue('FieldValueTooLong', path, maxBytes < 0 ? 'value is too long' : `may not be more than ${maxBytes} ${maxBytes === 1 ? 'byte' : 'bytes'}`);
  }

  tooMany(path: Path | string, actual: number, max: number): void {
    this.withValue('FieldValueTooMany', path, actual, max < 0 ? 'has too many items' : `must have at most ${max} ${max === 1 ? 'item' : 'items'}`);
  }

  typeInvalid(path: Path | string, value: unknown, detail: string): void {
    this.withValue('FieldValueTypeInvalid', path, value, detail);
  }

  internal(path: Path | string, detail: string): void {
    this.withoutValue('InternalError', path, detail);
  }
}

/** Length in bytes of UTF-8, as Go's len counts. */
export function byteLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) length += code < 0x800 ? 1 : code >= 0xd800 && code <= 0xdfff ? 1 : 2;
  }
  return length;
}
