// The flags of kube-controller-manager that mean something here, by their real names and with their real defaults (1.36).
import { OptionError } from '../option-error.ts';

/** `duration` in Go's notation (`1m30s`), held as microseconds; `boolean` as 0 or 1. */
type FlagType = 'duration' | 'number' | 'boolean' | 'text';
interface Flag { readonly type: FlagType; readonly value: string }

const duration = (value: string): Flag => ({ type: 'duration', value });
const number = (value: number): Flag => ({ type: 'number', value: String(value) });
const boolean = (value: boolean): Flag => ({ type: 'boolean', value: String(value) });
const text = (value: string): Flag => ({ type: 'text', value });

const FLAGS: Readonly<Record<string, Flag>> = {
  'allocate-node-cidrs': boolean(false),
  'attach-detach-reconcile-sync-period': duration('1m0s'),
  'cluster-cidr': text(''),
  'cluster-name': text('kubernetes'),
  'concurrent-cron-job-syncs': number(5),
  'concurrent-daemonset-syncs': number(2),
  'concurrent-deployment-syncs': number(5),
  'concurrent-endpoint-syncs': number(5),
  'concurrent-ephemeralvolume-syncs': number(5),
  'concurrent-gc-syncs': number(20),
  'concurrent-horizontal-pod-autoscaler-syncs': number(5),
  'concurrent-job-syncs': number(5),
  'concurrent-namespace-syncs': number(10),
  'concurrent-rc-syncs': number(5),
  'concurrent-replicaset-syncs': number(5),
  'concurrent-resource-quota-syncs': number(5),
  'concurrent-service-endpoint-syncs': number(5),
  'concurrent-service-syncs': number(1),
  'concurrent-serviceaccount-token-syncs': number(5),
  'concurrent-statefulset-syncs': number(5),
  'concurrent-ttl-after-finished-syncs': number(5),
  'concurrent-validating-admission-policy-status-syncs': number(5),
  'controllers': text('*'),
  'disable-attach-detach-reconcile-sync': boolean(false),
  'disable-force-detach-on-timeout': boolean(false),
  'enable-dynamic-provisioning': boolean(true),
  'enable-garbage-collector': boolean(true),
  'endpoint-updates-batch-period': duration('0s'),
  'endpointslice-updates-batch-period': duration('0s'),
  'horizontal-pod-autoscaler-cpu-initialization-period': duration('5m0s'),
  'horizontal-pod-autoscaler-downscale-stabilization': duration('5m0s'),
  'horizontal-pod-autoscaler-initial-readiness-delay': duration('30s'),
  'horizontal-pod-autoscaler-sync-period': duration('15s'),
  'horizontal-pod-autoscaler-tolerance': number(0.1),
  'kube-api-burst': number(30),
  'kube-api-qps': number(20),
  'large-cluster-size-threshold': number(50),
  'leader-elect': boolean(true),
  'leader-elect-lease-duration': duration('15s'),
  'leader-elect-renew-deadline': duration('10s'),
  'leader-elect-resource-name': text('kube-controller-manager'),
  'leader-elect-resource-namespace': text('kube-system'),
  'leader-elect-retry-period': duration('2s'),
  'legacy-service-account-token-clean-up-period': duration('8760h0m0s'),
  'max-endpoints-per-slice': number(100),
  'min-resync-period': duration('12h0m0s'),
  'mirroring-concurrent-service-endpoint-syncs': number(5),
  'mirroring-endpointslice-updates-batch-period': duration('0s'),
  'mirroring-max-endpoints-per-subset': number(1000),
  'namespace-sync-period': duration('5m0s'),
  'node-cidr-mask-size': number(24),
  'node-cidr-mask-size-ipv4': number(24),
  'node-eviction-rate': number(0.1),
  'node-monitor-grace-period': duration('50s'),
  'node-monitor-period': duration('5s'),
  'node-startup-grace-period': duration('1m0s'),
  'pvclaimbinder-sync-period': duration('15s'),
  'resource-quota-sync-period': duration('5m0s'),
  'route-reconciliation-period': duration('10s'),
  'secondary-node-eviction-rate': number(0.01),
  'service-cluster-ip-range': text(''),
  'terminated-pod-gc-threshold': number(12_500),
  'unhealthy-zone-threshold': number(0.55),
  'use-service-account-credentials': boolean(true),
};

export interface Options {
  readonly numbers: Readonly<Record<string, number>>;
  readonly texts: Readonly<Record<string, string>>;
}

/**
 * Defaults overlaid by flags, given without dashes in front: `{'node-monitor-grace-period': '6s'}`.
 * Throws OptionError for an unknown flag or a malformed value.
 */
export function parseOptions(flags: Readonly<Record<string, string>>): Options {
  const numbers: Record<string, number> = {};
  const texts: Record<string, string> = {};
  for (const [name, flag] of Object.entries(FLAGS)) set(name, flag.type, flag.value, numbers, texts);
  for (const [name, value] of Object.entries(flags)) {
    const flag = FLAGS[name];
    if (!flag) throw new OptionError(`unknown flag: --${name}`);
    set(name, flag.type, value, numbers, texts);
  }
  return { numbers, texts };
}

function set(name: string, type: FlagType, value: string, numbers: Record<string, number>, texts: Record<string, string>): void {
  if (type === 'text') texts[name] = value;
  else numbers[name] = parseValue(name, type, value);
}

function parseValue(name: string, type: Exclude<FlagType, 'text'>, value: string): number {
  switch (type) {
    case 'duration': return parseDurationUs(value) ?? invalid(name, value, 'a duration such as 90s, 1m30s or 250ms');
    case 'number': return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : invalid(name, value, 'a number');
    case 'boolean': return value === 'true' ? 1 : value === 'false' ? 0 : invalid(name, value, 'true or false');
  }
}

function invalid(name: string, value: string, takes: string): never {
  throw new OptionError(`invalid argument ${JSON.stringify(value)} for "--${name}" flag: it takes ${takes}`);
}

const UNIT_US: Readonly<Record<string, number>> = { ns: 0.001, us: 1, 'µs': 1, ms: 1000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000 };

/** Go's time.ParseDuration in microseconds; undefined if it is not a duration. */
export function parseDurationUs(value: string): number | undefined {
  if (value === '0') return 0;
  if (!/^(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(value)) return undefined;
  let total = 0;
  for (const [, amount, , unit] of value.matchAll(/(\d+(\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) total += Number(amount) * (UNIT_US[unit as string] as number);
  return Math.round(total);
}
