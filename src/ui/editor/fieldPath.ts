// Paths of fields as Kubernetes writes them in its errors.

/** A key of a map, an index of a list, or an entry of a list found by its own fields, as in `containers[name="web"]`. */
export type PathStep =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'match'; readonly fields: Readonly<Record<string, string>> };

const unquote = (text: string): string => (/^"(.*)"$/s.exec(text)?.[1] ?? text).replaceAll('\\"', '"');

function bracket(inside: string): PathStep {
  if (/^\d+$/.test(inside)) return { kind: 'index', index: Number(inside) };
  const fields = inside.startsWith('"') ? [] : inside.split(',').map((part) => /^(\w+)=(.*)$/s.exec(part));
  if (fields.length > 0 && fields.every((match) => match !== null)) {
    return { kind: 'match', fields: Object.fromEntries(fields.map((match) => [match[1] ?? '', unquote(match[2] ?? '')])) };
  }
  return { kind: 'key', key: unquote(inside) };
}

/**
 * The steps of `spec.containers[0].image`, `metadata.labels[app.kubernetes.io/name]` or `.spec.ports[port=80,protocol="TCP"]`.
 * Never fails: what cannot be read as a bracket is a key.
 */
export function parseFieldPath(path: string): readonly PathStep[] {
  const steps: PathStep[] = [];
  const pattern = /\[((?:"(?:[^"\\]|\\.)*"|[^\]])*)\]|([^.[\]]+)/gs;
  for (const match of path.matchAll(pattern)) {
    if (match[1] !== undefined) steps.push(bracket(match[1]));
    else if (match[2] !== undefined) steps.push({ kind: 'key', key: match[2] });
  }
  return steps;
}

/** A value of the wrong type is refused before validation; its field then stands only in the decoder's own words. */
export function fieldInMessage(message: string): string {
  return /Go struct field \w+\.(\S+) of type/.exec(message)?.[1] ?? '';
}
