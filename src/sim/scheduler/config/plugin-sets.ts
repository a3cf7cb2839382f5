// Which plugins a profile enables: the defaults, changed by `plugins.multiPoint` and then by each extension point
// (mergePlugins and expandMultiPointPlugins).
import type { ExtensionPoint } from '../framework/framework.ts';
import { DEFAULT_PLUGIN_ARGS } from '../plugin-args.ts';
import { PLUGINS } from '../plugins/index.ts';
import type { EnabledPlugin, PluginSet } from '../profile.ts';
import { EXTENSION_POINTS, takesPartIn } from '../profile.ts';
import type { Field } from './reader.ts';

/** Extension points that the configuration knows and none of the built-in plugins uses by itself. */
const OTHER_POINTS = ['reserve', 'permit', 'postBind'] as const;

interface Choice { readonly enabled: readonly EnabledPlugin[]; readonly disabled: ReadonlySet<string> }

function readChoice(field: Field): Choice {
  field.allow('enabled', 'disabled');
  const enabled = field.child('enabled').items().map((item) => {
    item.allow('name', 'weight');
    const name = item.child('name').string('');
    if (!PLUGINS.some((plugin) => plugin.name === name)) item.child('name').notSupported(PLUGINS.map((plugin) => plugin.name));
    const weight = item.child('weight').integer(0);
    if (weight < 0) item.child('weight').invalid('must not be negative');
    return { name, weight };
  });
  const disabled = field.child('disabled').items().map((item) => {
    item.allow('name', 'weight');
    return item.child('name').string('');
  });
  const seen = new Set<string>();
  for (const [i, { name }] of enabled.entries()) {
    if (seen.has(name)) field.child('enabled').items()[i]?.child('name').duplicate(name);
    seen.add(name);
  }
  return { enabled, disabled: new Set(disabled) };
}

/** Defaults keep their places; those named again take the new weight, others come after. */
function mergeMultiPoint({ enabled, disabled }: Choice): readonly EnabledPlugin[] {
  const defaults = disabled.has('*') ? [] : PLUGINS.filter(({ name }) => !disabled.has(name));
  const kept = defaults.map(({ name, weight }) => enabled.find((plugin) => plugin.name === name) ?? { name, weight });
  return [...kept, ...enabled.filter(({ name }) => !kept.some((plugin) => plugin.name === name))];
}

function implementers(point: ExtensionPoint): ReadonlySet<string> {
  return new Set(PLUGINS.filter((registration) => takesPartIn(registration.create(DEFAULT_PLUGIN_ARGS), point)).map(({ name }) => name));
}

/** First what the point itself re-orders, then the rest of multiPoint, then what only the point enables. */
function expand(point: ExtensionPoint, multiPoint: readonly EnabledPlugin[], choice: Choice, field: Field): readonly EnabledPlugin[] {
  const able = implementers(point);
  for (const [i, { name }] of choice.enabled.entries()) {
    if (!able.has(name) && PLUGINS.some((plugin) => plugin.name === name)) {
      field.child('enabled').items()[i]?.child('name').invalid(`plugin "${name}" does not extend ${point} plugin`);
    }
  }
  const fromMulti = choice.disabled.has('*') ? [] : multiPoint.filter(({ name }) => able.has(name) && !choice.disabled.has(name));
  const isInMulti = ({ name }: EnabledPlugin) => fromMulti.some((plugin) => plugin.name === name);
  const isOwn = ({ name }: EnabledPlugin) => choice.enabled.some((plugin) => plugin.name === name);
  const ordered = [...choice.enabled.filter(isInMulti), ...fromMulti.filter((plugin) => !isOwn(plugin)), ...choice.enabled.filter((plugin) => !isInMulti(plugin))];
  // A weight of zero means one: a plugin is switched off by disabling it.
  return ordered.map(({ name, weight }) => ({ name, weight: weight || 1 }));
}

/** Reads `plugins` of a profile. Unknown plugins and unfit extension points are noted. */
export function readPluginSet(plugins: Field): PluginSet {
  plugins.allow('multiPoint', ...EXTENSION_POINTS, ...OTHER_POINTS);
  const multiPoint = mergeMultiPoint(readChoice(plugins.child('multiPoint')));
  for (const point of OTHER_POINTS) readChoice(plugins.child(point));
  const at = (point: ExtensionPoint) => expand(point, multiPoint, readChoice(plugins.child(point)), plugins.child(point));
  const set: PluginSet = {
    preEnqueue: at('preEnqueue'), queueSort: at('queueSort'), preFilter: at('preFilter'), filter: at('filter'), postFilter: at('postFilter'),
    preScore: at('preScore'), score: at('score'), preBind: at('preBind'), bind: at('bind'),
  };
  if (set.queueSort.length !== 1) plugins.child('queueSort').invalid('exactly one queue sort plugin is needed', set.queueSort.length);
  if (set.bind.length === 0) plugins.child('bind').required('at least one bind plugin is needed');
  return set;
}
