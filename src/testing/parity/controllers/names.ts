// What differs from run to run (generated names, hashes, addresses, times, uids) becomes a placeholder that says what it is.
import type { OwnerReference, Pod, Service, Node } from '../../../sim/api/generated/types.ts';
import type { ApiObject } from '../../../sim/api/meta.ts';
import { isPlain } from './json.ts';
import type { LogEntry } from './scenario.ts';

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| \+0000 UTC(?: m=\S+)?)/g;
const TOKEN_VOLUME = /kube-api-access-[a-z0-9]{5}/g;
/** A pod that was refused: its generated name appears in a message only, so no object tells where it comes from. */
const REFUSED_POD = /(pods ")([a-z0-9.<>-]+)-[bcdfghjklmnpqrstvwxz2456789]{5}(" is forbidden|" not found|" already exists|" is invalid)/g;

/** The reference to the controller among the owners. */
export function controllerOf(object: ApiObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller);
}

const trimDash = (generateName: string): string => generateName.replace(/-$/, '');
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** The node that a daemon pod is for: named by its affinity before it is bound. */
function daemonNode(pod: Pod): string | undefined {
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms?.[0]?.matchFields?.[0]?.values?.[0] ?? pod.spec?.nodeName;
}

/** Names of one run. Learns from the whole log first; `text` and `deep` then replace. */
export class Names {
  private readonly placeholders = new Map<string, string>();
  private readonly hashes = new Map<string, string>();
  /** Address → the object that had it first. */
  private readonly addresses = new Map<string, { readonly id: string; readonly word: string }>();
  private readonly counters = new Map<string, number>();
  private readonly pattern: RegExp | undefined;

  constructor(log: readonly LogEntry[]) {
    const seen = new Set<string>();
    for (const entry of log) {
      this.learnAddress(entry);
      const id = idOf(entry);
      if (!seen.has(id)) this.learnName(entry);
      seen.add(id);
    }
    for (const [hash, placeholder] of this.hashes) if (!this.placeholders.has(hash)) this.placeholders.set(hash, placeholder);
    const nameById = new Map(log.map((entry) => [idOf(entry), this.of(entry.object.metadata.name ?? '')]));
    for (const [address, { id, word }] of this.addresses) this.placeholders.set(address, `<${word}:${nameById.get(id)}>`);
    this.pattern = this.compile();
  }

  /** Replaces every known name, hash, address, uid and time within a text. */
  text(value: string): string {
    const plain = value.replace(TIME, '<time>').replace(UID, '<uid>').replace(TOKEN_VOLUME, 'kube-api-access-<r>');
    const named = this.pattern ? plain.replace(this.pattern, (raw) => this.of(raw)) : plain;
    return named.replace(REFUSED_POD, '$1$2-<p>$3');
  }

  /** Replaces in all keys and texts of a value. */
  deep(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((member) => this.deep(member));
    if (!isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [this.text(key), this.deep(member)]));
  }

  private of(raw: string): string {
    return this.placeholders.get(raw) ?? raw;
  }

  /** The next number in a series, from 1. */
  private next(series: string): number {
    const number = (this.counters.get(series) ?? 0) + 1;
    this.counters.set(series, number);
    return number;
  }

  private learnHash(hash: string | undefined, placeholder: string): void {
    if (hash && !this.hashes.has(hash)) this.hashes.set(hash, placeholder);
  }

  private learnAddress(entry: LogEntry): void {
    const address = entry.plural === 'pods' ? (entry.object as Pod).status?.podIP : entry.plural === 'services' ? (entry.object as Service).spec?.clusterIP : undefined;
    if (address && address !== 'None' && !this.placeholders.has(address) && !this.addresses.has(address))
      this.addresses.set(address, { id: idOf(entry), word: entry.plural === 'services' ? 'clusterIP' : 'ip' });
    const podCidr = entry.plural === 'nodes' ? (entry.object as Node).spec?.podCIDR : undefined;
    if (podCidr) this.placeholders.set(podCidr, '<podCIDR>');
  }

  private learnName({ plural, object }: LogEntry): void {
    const { name = '', generateName, labels } = object.metadata;
    const owner = controllerOf(object) ?? object.metadata.ownerReferences?.[0];
    if (plural === 'replicasets' && owner?.kind === 'Deployment') {
      const number = this.next(`replicaset ${owner.name}`);
      this.placeholders.set(name, `${owner.name}-<rs${number}>`);
      this.learnHash(labels?.['pod-template-hash'], `<rs${number}-hash>`);
    } else if (plural === 'jobs' && owner?.kind === 'CronJob') this.placeholders.set(name, `${owner.name}-<t${this.next(`job ${owner.name}`)}>`);
    else if (plural === 'controllerrevisions' && owner) this.learnRevision(name, owner.name, labels);
    else if (plural === 'endpointslices' && generateName) {
      const base = trimDash(generateName);
      this.placeholders.set(name, `${base}-<es${this.next(`slice ${base}`)}>`);
    } else if (plural === 'pods' && generateName && owner?.kind !== 'StatefulSet') this.learnPod(object as Pod, generateName, owner);
    else if (generateName && plural !== 'pods' && plural !== 'services') this.placeholders.set(name, `${generateName}<g${this.next(`any ${generateName}`)}>`);
  }

  private learnRevision(name: string, owner: string, labels: Readonly<Record<string, string>> | undefined): void {
    const suffix = name.slice(owner.length + 1);
    const hash = labels?.['controller-revision-hash'] ?? labels?.['controller.kubernetes.io/hash'] ?? suffix;
    const placeholder = `<rev${this.next(`revision ${owner}`)}>`;
    this.placeholders.set(name, `${owner}-${placeholder}`);
    this.learnHash(suffix, placeholder);
    if (hash !== name) this.learnHash(hash, placeholder);
  }

  private learnPod(pod: Pod, generateName: string, owner: OwnerReference | undefined): void {
    const name = pod.metadata.name ?? '';
    if (owner?.kind === 'DaemonSet') {
      const node = daemonNode(pod);
      const number = this.next(`daemon ${owner.name} ${node}`);
      this.placeholders.set(name, `${owner.name}-<${node}>${number > 1 ? `#${number}` : ''}`);
      return;
    }
    const prefix = trimDash(generateName);
    const ownersName = owner !== undefined && owner.name !== '' && !this.placeholders.has(prefix) && generateName.startsWith(owner.name);
    const base = ownersName ? this.of(owner.name) + trimDash(generateName.slice(owner.name.length)) : this.of(prefix);
    this.placeholders.set(name, `${base}-<p${this.next(`pod ${base}`)}>`);
  }

  /** One pattern for all that is known, longest first, matching whole words only. */
  private compile(): RegExp | undefined {
    const raws = [...this.placeholders.keys()].filter((raw) => raw !== '').sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
    return raws.length === 0 ? undefined : new RegExp(`(?<![A-Za-z0-9.])(${raws.map(escaped).join('|')})(?![A-Za-z0-9])`, 'g');
  }
}

export function idOf(entry: LogEntry): string {
  return `${entry.plural}/${entry.object.metadata.uid}`;
}
