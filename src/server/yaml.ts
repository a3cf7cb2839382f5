import { LineCounter, isMap, isScalar, parseDocument, stringify, visit } from 'yaml';
import type { Json } from '../sim/api/generated/types.ts';
import { documentOf } from '../sim/api/go-json.ts';
import type { YamlWriter } from '../sim/apiserver/http/present.ts';
import type { YamlReader } from '../sim/apiserver/http/request.ts';
import { jsonTags } from '../kubectl/manifest.ts';

/** Reads a YAML body as sigs.k8s.io/yaml does: YAML 1.1, and keys that stand twice are told, not refused. */
export const readYaml: YamlReader = (text) => {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { version: '1.1', customTags: jsonTags, lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
  const [error] = parsed.errors;
  if (error) return { ok: false, message: `error converting YAML to JSON: yaml: line ${lines.linePos(error.pos[0]).line}: ${error.message}` };
  const errors: string[] = [];
  visit(parsed, {
    Map: (_key, map) => {
      if (!isMap(map)) return;
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) errors.push(`line ${lines.linePos(key.range?.[0] ?? 0).line}: key "${name}" already set in map`);
        seen.add(name);
      }
    },
  });
  return { ok: true, document: documentOf((parsed.toJS({ maxAliasCount: 100 }) ?? null) as Json), errors };
};

export const writeYaml: YamlWriter = (value) => stringify(JSON.parse(JSON.stringify(value)), { version: '1.1', sortMapEntries: true, indentSeq: false, lineWidth: 80 });
