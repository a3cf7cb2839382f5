// Reads untyped configuration into typed values and notes everything that is wrong, with paths and in the words of
// apimachinery's field errors.
import type { Json, JsonObject } from '../../api/generated/types.ts';
import type { FieldError } from '../../api/meta.ts';

type ErrorType = FieldError['type'];

/** One place of the configuration: `profiles[0].plugins`. */
export class Field {
  readonly path: string;
  readonly value: Json | undefined;
  private readonly errors: FieldError[];

  private constructor(path: string, value: Json | undefined, errors: FieldError[]) {
    this.path = path;
    this.value = value;
    this.errors = errors;
  }

  static root(value: Json | undefined, errors: FieldError[]): Field {
    return new Field('', value, errors);
  }

  get isSet(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  child(name: string): Field {
    const members = isObject(this.value) ? this.value : {};
    return new Field(this.path === '' ? name : `${this.path}.${name}`, Object.hasOwn(members, name) ? members[name] : undefined, this.errors);
  }

  /** The items of a list; an absent list has none. */
  items(): readonly Field[] {
    if (!this.isSet) return [];
    if (!Array.isArray(this.value)) {
      this.typeError('must be a list');
      return [];
    }
    return this.value.map((item: Json, i: number) => new Field(`${this.path}[${i}]`, item, this.errors));
  }

  /** Notes members that nobody knows; a typing error must not be ignored. */
  allow(...names: readonly string[]): void {
    if (!this.isSet) return;
    if (!isObject(this.value)) {
      this.typeError('must be an object');
      return;
    }
    for (const name of Object.keys(this.value)) {
      if (!names.includes(name)) this.child(name).note('FieldValueForbidden', 'Forbidden: unknown field');
    }
  }

  string(fallback: string): string {
    if (!this.isSet) return fallback;
    if (typeof this.value === 'string') return this.value;
    this.typeError('must be a string');
    return fallback;
  }

  integer(fallback: number): number {
    if (!this.isSet) return fallback;
    if (typeof this.value === 'number' && Number.isInteger(this.value)) return this.value;
    this.typeError('must be a whole number');
    return fallback;
  }

  boolean(fallback: boolean): boolean {
    if (!this.isSet) return fallback;
    if (typeof this.value === 'boolean') return this.value;
    this.typeError('must be true or false');
    return fallback;
  }

  invalid(detail: string, value: Json | undefined = this.value): void {
    this.note('FieldValueInvalid', `Invalid value: ${JSON.stringify(value ?? null)}: ${detail}`);
  }

  required(detail: string): void {
    this.note('FieldValueRequired', detail === '' ? 'Required value' : `Required value: ${detail}`);
  }

  forbidden(detail: string): void {
    this.note('FieldValueForbidden', `Forbidden: ${detail}`);
  }

  duplicate(value: string): void {
    this.note('FieldValueDuplicate', `Duplicate value: ${JSON.stringify(value)}`);
  }

  notSupported(supported: readonly string[]): void {
    const values = supported.map((value) => JSON.stringify(value)).join(', ');
    this.note('FieldValueNotSupported', `Unsupported value: ${JSON.stringify(this.value ?? '')}: supported values: ${values}`);
  }

  private typeError(detail: string): void {
    this.note('FieldValueTypeInvalid', `Invalid value: ${JSON.stringify(this.value ?? null)}: ${detail}`);
  }

  private note(type: ErrorType, message: string): void {
    this.errors.push({ type, path: this.path, message });
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
