// From names to a working profile: which plugin runs where, with which weight.
import type { EnabledPlugins, ExtensionPoint } from './framework/framework.ts';
import { Framework } from './framework/framework.ts';
import type { Plugin } from './framework/plugin.ts';
import type { PluginArgs } from './plugin-args.ts';
import { DEFAULT_PLUGIN_ARGS } from './plugin-args.ts';
import { PLUGINS } from './plugins/index.ts';

export const DEFAULT_SCHEDULER_NAME = 'default-scheduler';

export const EXTENSION_POINTS: readonly ExtensionPoint[] = ['preEnqueue', 'queueSort', 'preFilter', 'filter', 'postFilter', 'preScore', 'score', 'preBind', 'bind'];

/** Whether the plugin has something to do at that extension point. */
export function takesPartIn(plugin: Plugin, point: ExtensionPoint): boolean {
  return plugin[point === 'queueSort' ? 'less' : point] !== undefined;
}

export interface EnabledPlugin { readonly name: string; readonly weight: number }

/** Plugin names by extension point, in order: what a profile comes down to. */
export type PluginSet = { readonly [P in ExtensionPoint]: readonly EnabledPlugin[] };

/** The default plugins, each at every extension point that it has. */
function defaultPluginSet(): PluginSet {
  const plugins = PLUGINS.map((registration) => ({ ...registration, plugin: registration.create(DEFAULT_PLUGIN_ARGS) }));
  const at = (point: ExtensionPoint) => plugins.filter(({ plugin }) => takesPartIn(plugin, point)).map(({ name, weight }) => ({ name, weight }));
  return {
    preEnqueue: at('preEnqueue'), queueSort: at('queueSort'), preFilter: at('preFilter'), filter: at('filter'), postFilter: at('postFilter'),
    preScore: at('preScore'), score: at('score'), preBind: at('preBind'), bind: at('bind'),
  };
}

/** Instantiates a profile's plugins once each and wires them up. Names must be those of known plugins. */
export function buildFramework(schedulerName: string, set: PluginSet, args: PluginArgs, percentageOfNodesToScore?: number): Framework {
  const instances = new Map<string, Plugin>();
  const instance = (name: string): Plugin => {
    const known = instances.get(name) ?? PLUGINS.find((registration) => registration.name === name)?.create(args);
    if (known === undefined) throw new Error(`no plugin is called ${name}`);
    instances.set(name, known);
    return known;
  };
  const wire = (list: readonly EnabledPlugin[]) => list.map(({ name, weight }) => ({ plugin: instance(name), weight }));
  const enabled: EnabledPlugins = {
    preEnqueue: wire(set.preEnqueue), queueSort: wire(set.queueSort), preFilter: wire(set.preFilter), filter: wire(set.filter),
    postFilter: wire(set.postFilter), preScore: wire(set.preScore), score: wire(set.score), preBind: wire(set.preBind), bind: wire(set.bind),
  };
  return new Framework(schedulerName, enabled, percentageOfNodesToScore);
}

export function defaultFramework(): Framework {
  return buildFramework(DEFAULT_SCHEDULER_NAME, defaultPluginSet(), DEFAULT_PLUGIN_ARGS);
}
