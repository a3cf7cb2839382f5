// A profile at work: which plugins run at which extension point, in which order, with which weight.
import type { Plugin } from './plugin.ts';

/** A plugin and its position among the profile's plugins, which is where a cycle keeps its state. */
export interface Entry<P extends Plugin = Plugin> { readonly plugin: P; readonly index: number }
export interface ScoreEntry extends Entry<ScorePlugin> { readonly weight: number }

export type FilterPlugin = Plugin & Required<Pick<Plugin, 'filter'>>;
export type PreFilterPlugin = Plugin & Required<Pick<Plugin, 'preFilter'>>;
export type PreScorePlugin = Plugin & Required<Pick<Plugin, 'preScore'>>;
export type ScorePlugin = Plugin & Required<Pick<Plugin, 'score'>>;
export type PostFilterPlugin = Plugin & Required<Pick<Plugin, 'postFilter'>>;
export type PreEnqueuePlugin = Plugin & Required<Pick<Plugin, 'preEnqueue'>>;
export type QueueSortPlugin = Plugin & Required<Pick<Plugin, 'less'>>;
export type PreBindPlugin = Plugin & Required<Pick<Plugin, 'preBind'>>;
export type BindPlugin = Plugin & Required<Pick<Plugin, 'bind'>>;

export type ExtensionPoint = 'preEnqueue' | 'queueSort' | 'preFilter' | 'filter' | 'postFilter' | 'preScore' | 'score' | 'preBind' | 'bind';

/** Plugins by extension point, in order; weights count for score only. */
export type EnabledPlugins = { readonly [P in ExtensionPoint]: readonly { readonly plugin: Plugin; readonly weight: number }[] };

export class Framework {
  readonly schedulerName: string;
  /** Overrides the configuration's own percentage when set. */
  readonly percentageOfNodesToScore: number | undefined;
  readonly plugins: readonly Plugin[];
  readonly preEnqueue: readonly PreEnqueuePlugin[];
  readonly queueSort: QueueSortPlugin | undefined;
  readonly preFilter: readonly Entry<PreFilterPlugin>[];
  readonly filter: readonly Entry<FilterPlugin>[];
  readonly postFilter: readonly PostFilterPlugin[];
  readonly preScore: readonly Entry<PreScorePlugin>[];
  readonly score: readonly ScoreEntry[];
  readonly preBind: readonly Entry<PreBindPlugin>[];
  readonly bind: readonly BindPlugin[];

  constructor(schedulerName: string, enabled: EnabledPlugins, percentageOfNodesToScore?: number) {
    this.schedulerName = schedulerName;
    this.percentageOfNodesToScore = percentageOfNodesToScore;
    const plugins = [...new Set(Object.values(enabled).flatMap((list) => list.map((entry) => entry.plugin)))];
    const entries = <P extends Plugin>(list: EnabledPlugins[ExtensionPoint], has: (plugin: Plugin) => plugin is P): Entry<P>[] =>
      list.flatMap(({ plugin }) => (has(plugin) ? [{ plugin, index: plugins.indexOf(plugin) }] : []));
    this.plugins = plugins;
    this.preEnqueue = entries(enabled.preEnqueue, (p): p is PreEnqueuePlugin => p.preEnqueue !== undefined).map((e) => e.plugin);
    this.queueSort = entries(enabled.queueSort, (p): p is QueueSortPlugin => p.less !== undefined)[0]?.plugin;
    this.preFilter = entries(enabled.preFilter, (p): p is PreFilterPlugin => p.preFilter !== undefined);
    this.filter = entries(enabled.filter, (p): p is FilterPlugin => p.filter !== undefined);
    this.postFilter = entries(enabled.postFilter, (p): p is PostFilterPlugin => p.postFilter !== undefined).map((e) => e.plugin);
    this.preScore = entries(enabled.preScore, (p): p is PreScorePlugin => p.preScore !== undefined);
    this.score = enabled.score.flatMap(({ plugin, weight }) => (isScorePlugin(plugin) ? [{ plugin, index: plugins.indexOf(plugin), weight }] : []));
    this.preBind = entries(enabled.preBind, (p): p is PreBindPlugin => p.preBind !== undefined);
    this.bind = entries(enabled.bind, (p): p is BindPlugin => p.bind !== undefined).map((e) => e.plugin);
  }
}

function isScorePlugin(plugin: Plugin): plugin is ScorePlugin {
  return plugin.score !== undefined;
}
