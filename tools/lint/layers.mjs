/**
 * The layers of src/, as data. Imports point left only:
 *
 *     base ← sim ← { kubectl, worker, server } ← view ← lessons ← ui ← main.tsx
 *
 * `values` may be imported freely, of `types` only the types. i18n sits beside view (it words what the simulator explains);
 * testing may import everything, and only tests and testing itself may import it.
 */
const LEFT_OF_VIEW = ['sim', 'kubectl'];

/** @type {Record<string, {values: string[], types: string[]}>} */
const LAYERS = {
  base: { values: [], types: [] },
  sim: { values: ['base'], types: [] },
  kubectl: { values: ['base', 'sim'], types: [] },
  worker: { values: ['base', 'sim', 'kubectl'], types: [] },
  server: { values: ['base', 'sim', 'kubectl', 'worker'], types: [] },
  i18n: { values: ['base'], types: [...LEFT_OF_VIEW, 'worker'] },
  view: { values: ['base', 'worker', 'i18n'], types: LEFT_OF_VIEW },
  lessons: { values: ['base', 'worker', 'view', 'i18n'], types: LEFT_OF_VIEW },
  ui: { values: ['base', 'worker', 'view', 'lessons', 'i18n'], types: LEFT_OF_VIEW },
  main: { values: ['base', 'worker', 'view', 'lessons', 'ui', 'i18n'], types: LEFT_OF_VIEW },
};

/** The layer of a path below the project's root: its folder in src/, "main" for files directly in src/, else undefined. */
export function layerOf(path) {
  const match = /^src\/(?:([^/]+)\/)?[^/]/.exec(path);
  return match ? (match[1] ?? 'main') : undefined;
}

/**
 * Says what is wrong with an import, or undefined if it is allowed.
 * @param {string} from path of the importing file, relative to the root, with forward slashes
 * @param {string} to path of the imported file, likewise
 * @param {boolean} typeOnly whether only types are imported
 */
export function violation(from, to, typeOnly) {
  const fromLayer = layerOf(from);
  const toLayer = layerOf(to);
  if (!fromLayer || !toLayer || fromLayer === toLayer || fromLayer === 'testing' || /\.test\.tsx?$/.test(from)) return undefined;
  const allowed = LAYERS[fromLayer];
  if (!allowed) return `src/${fromLayer} is not a known layer: name it in tools/lint/layers.mjs.`;
  if (allowed.values.includes(toLayer)) return undefined;
  if (!allowed.types.includes(toLayer)) return `${fromLayer} must not import from ${toLayer}: imports point left only.`;
  return typeOnly ? undefined : `${fromLayer} may import only types from ${toLayer}: use "import type", or ask the worker for the value.`;
}
