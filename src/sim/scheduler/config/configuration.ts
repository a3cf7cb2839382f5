// KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1): read, defaulted, validated, turned into profiles.
import type { Json } from '../../api/generated/types.ts';
import type { FieldError } from '../../api/meta.ts';
import type { Framework } from '../framework/framework.ts';
import type { PluginArgs } from '../plugin-args.ts';
import type { PluginSet } from '../profile.ts';
import { buildFramework, DEFAULT_SCHEDULER_NAME } from '../profile.ts';
import { readPluginArgs } from './plugin-config.ts';
import { readPluginSet } from './plugin-sets.ts';
import { Field } from './reader.ts';

export interface SchedulerProfile {
  readonly schedulerName: string;
  readonly percentageOfNodesToScore: number | undefined;
  readonly plugins: PluginSet;
  readonly args: PluginArgs;
}

export interface SchedulerConfiguration {
  readonly profiles: readonly SchedulerProfile[];
  /** 0: adapts to the size of the cluster. */
  readonly percentageOfNodesToScore: number;
  readonly podInitialBackoffSeconds: number;
  readonly podMaxBackoffSeconds: number;
}

export type ReadResult =
  | { readonly ok: true; readonly configuration: SchedulerConfiguration }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

const API_VERSION = 'kubescheduler.config.k8s.io/v1';
const KIND = 'KubeSchedulerConfiguration';

function percentage(field: Field): number | undefined {
  if (!field.isSet) return undefined;
  const value = field.integer(0);
  if (value < 0 || value > 100) field.invalid('not in valid range [0-100]');
  return value;
}

function readProfile(field: Field, only: boolean): SchedulerProfile {
  field.allow('schedulerName', 'percentageOfNodesToScore', 'plugins', 'pluginConfig');
  const schedulerName = field.child('schedulerName').string(only ? DEFAULT_SCHEDULER_NAME : '');
  if (schedulerName === '') field.child('schedulerName').required('');
  return {
    schedulerName,
    percentageOfNodesToScore: percentage(field.child('percentageOfNodesToScore')),
    plugins: readPluginSet(field.child('plugins')),
    args: readPluginArgs(field.child('pluginConfig')),
  };
}

function readProfiles(root: Field): readonly SchedulerProfile[] {
  const list = root.child('profiles');
  const items = list.items();
  // Without profiles there is the default one, as if an empty one had been written.
  if (items.length === 0) return [readProfile(list, true)];
  const profiles = items.map((item) => readProfile(item, items.length === 1));
  const indexOf = new Map<string, number>();
  for (const [i, { schedulerName, plugins }] of profiles.entries()) {
    const known = indexOf.get(schedulerName);
    if (known !== undefined) items[i]?.child('schedulerName').duplicate(`profiles[${known}].schedulerName`);
    indexOf.set(schedulerName, i);
    if (plugins.queueSort[0]?.name !== profiles[0]?.plugins.queueSort[0]?.name) {
      items[i]?.child('plugins').child('queueSort').invalid('must be the same for all profiles');
    }
  }
  return profiles;
}

/** Reads a configuration that a user wrote (parsed YAML or JSON). Every problem is named with its path. */
export function readConfiguration(value: Json | undefined): ReadResult {
  const errors: FieldError[] = [];
  const root = Field.root(value, errors);
  root.allow('apiVersion', 'kind', 'profiles', 'percentageOfNodesToScore', 'podInitialBackoffSeconds', 'podMaxBackoffSeconds',
    'parallelism', 'leaderElection', 'clientConnection', 'enableProfiling', 'enableContentionProfiling', 'delayCacheUntilActive');
  if (root.child('apiVersion').string(API_VERSION) !== API_VERSION) root.child('apiVersion').notSupported([API_VERSION]);
  if (root.child('kind').string(KIND) !== KIND) root.child('kind').notSupported([KIND]);
  if (root.child('parallelism').integer(16) <= 0) root.child('parallelism').invalid('should be an integer value greater than zero');
  const initial = root.child('podInitialBackoffSeconds').integer(1);
  const max = root.child('podMaxBackoffSeconds').integer(10);
  if (initial <= 0) root.child('podInitialBackoffSeconds').invalid('must be greater than 0');
  if (max < initial) root.child('podMaxBackoffSeconds').invalid('must be greater than or equal to PodInitialBackoffSeconds', max);
  const configuration: SchedulerConfiguration = {
    profiles: readProfiles(root),
    percentageOfNodesToScore: percentage(root.child('percentageOfNodesToScore')) ?? 0,
    podInitialBackoffSeconds: initial,
    podMaxBackoffSeconds: max,
  };
  return errors.length === 0 ? { ok: true, configuration } : { ok: false, errors };
}

/** What runs without a configuration file. */
export function defaultConfiguration(): SchedulerConfiguration {
  const result = readConfiguration({});
  if (!result.ok) throw new Error('the default configuration is invalid');
  return result.configuration;
}

/** The profiles at work, by spec.schedulerName of the pods they serve. */
export function frameworksOf({ profiles }: SchedulerConfiguration): ReadonlyMap<string, Framework> {
  return new Map(profiles.map((profile) => [
    profile.schedulerName, buildFramework(profile.schedulerName, profile.plugins, profile.args, profile.percentageOfNodesToScore),
  ]));
}
