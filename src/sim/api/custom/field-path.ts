// Paths to fields of a schema, as rules and selectable fields name them: `.spec.size`, `.spec['a.b']`
// (models apiextensions-apiserver's cel.ValidFieldPath).
import type { Props } from './props.ts';
import { additionalOf } from './props.ts';

export type FieldPathOutcome =
  | { readonly ok: true; readonly names: readonly string[]; readonly path: string; readonly props: Props | undefined }
  | { readonly ok: false; readonly message: string };

function fail(message: string): FieldPathOutcome {
  return { ok: false, message };
}

/** Delimiters, quoted strings and the text between them. */
function tokensOf(text: string): readonly string[] {
  return text.match(/'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]']+|'.*$/gs) ?? [];
}

const notField = 'does not refer to a valid field';

/** Follows a path from a schema. */
export function fieldPath(text: string, root: Props, allowBrackets: boolean): FieldPathOutcome {
  const tokens = tokensOf(text);
  const names: string[] = [];
  let path = '';
  let props: Props | undefined = root;
  const step = (name: string): boolean => {
    const isNamed: boolean = props?.properties !== undefined;
    const next: Props | undefined = isNamed ? props?.properties?.[name] : props === undefined ? undefined : additionalOf(props);
    if (isNamed && next === undefined) return false;
    if (!isNamed && props?.additionalProperties === undefined) return false;
    path = isNamed ? (path === '' ? name : `${path}.${name}`) : `${path}[${name}]`;
    names.push(name);
    props = next;
    return true;
  };
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    const next = tokens[i + 1];
    if (token === '.') {
      if (next === undefined) return fail('unexpected end of JSON path');
      if (!step(next)) return fail(notField);
      i++;
    } else if (token === '[') {
      if (!allowBrackets) return fail('array notation is not allowed');
      if (next === undefined) return fail('unexpected end of JSON path');
      if (!/^'.*'$/s.test(next) || next.length < 2) return fail(`expected single quoted string but got ${next}`);
      if (!step(next.slice(1, -1).replace(/\\(.)/g, '$1'))) return fail(notField);
      const end = tokens[i + 2];
      if (end === undefined) return fail('unexpected end of JSON path');
      if (end !== ']') return fail(`expected ] but got ${end}`);
      i += 2;
    } else {
      return fail(`expected [ or . but got: ${token ?? ''}`);
    }
  }
  return { ok: true, names, path, props };
}
