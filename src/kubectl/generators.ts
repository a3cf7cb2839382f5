// What `kubectl create KIND NAME` makes without a file (models kubectl's pkg/cmd/create).
import type { JsonObject } from '../sim/api/generated/types.ts';
import { encodeUtf8 } from '../sim/api/utf8.ts';
import type { Arguments } from './arguments.ts';

/** An object made from a command line, or the error that ends the command. */
export type Generated = { readonly object: JsonObject } | { readonly error: string };

interface Generator {
  readonly words: readonly string[];
  /** What stands before an API server's refusal, for those that do not pass it on as it is. */
  readonly refused?: string;
  make(name: string, args: Arguments): Generated;
}

const listOf = ({ lists }: Arguments, flag: string): readonly string[] => lists[flag] ?? [];
const required = (flag: string): Generated => ({ error: `error: required flag(s) "${flag}" not set` });

const namespace: Generator = { words: ['namespace', 'ns'], make: (name) => ({ object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} } }) };
const serviceAccount: Generator = { words: ['serviceaccount', 'sa'], make: (name) => ({ object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } } }) };

const KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_RULE = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/** The `--from-literal` pairs of a ConfigMap or Secret, or what is wrong with one. */
function literals(kind: string, name: string, args: Arguments): { readonly data: Readonly<Record<string, string>> } | { readonly error: string } {
  const data: Record<string, string> = {};
  for (const literal of listOf(args, 'from-literal')) {
    const at = literal.indexOf('=');
    const key = literal.slice(0, Math.max(0, at));
    if (at < 1) return { error: `error: invalid literal source ${literal}, expected key=value` };
    if (!KEY.test(key)) return { error: `error: ${JSON.stringify(key)} is not a valid key name for a ${kind}: ${KEY_RULE}` };
    if (key in data) return { error: `error: cannot add key "${key}", another key by that name already exists in Data for ${kind} "${name}"` };
    data[key] = literal.slice(at + 1).replace(/^(["'])(.*)\1$/s, '$2');
  }
  return { data };
}

const configMap: Generator = {
  words: ['configmap', 'cm'],
  refused: 'failed to create configmap',
  make(name, args) {
    const found = literals('ConfigMap', name, args);
    if ('error' in found) return found;
    return { object: { apiVersion: 'v1', ...(Object.keys(found.data).length > 0 && { data: found.data }), kind: 'ConfigMap', metadata: { name } } };
  },
};

const secret: Generator = {
  words: ['secret generic'],
  refused: 'failed to create secret',
  make(name, args) {
    const found = literals('Secret', name, args);
    if ('error' in found) return found;
    const data = Object.fromEntries(Object.entries(found.data).map(([key, text]) => [key, encodeUtf8(text)]));
    const { type } = args.flags;
    return { object: { apiVersion: 'v1', ...(Object.keys(data).length > 0 && { data }), kind: 'Secret', metadata: { name }, ...(type !== undefined && { type }) } };
  },
};

/** `nginx` for `registry.example/team/nginx:1.27`. */
const containerName = (image: string): string => (image.split('/').at(-1) ?? '').split(/[:@]/)[0] ?? '';

const deployment: Generator = {
  words: ['deployment', 'deploy'],
  refused: 'failed to create deployment',
  make(name, args) {
    const images = listOf(args, 'image').filter((image) => image !== '');
    if (listOf(args, 'image').length === 0) return required('image');
    const { port, replicas = '1' } = args.flags;
    const extra = { ...(port !== undefined && { ports: [{ containerPort: Number(port) }] }), ...(args.command.length > 0 && { command: [...args.command] }) };
    const containers = images.map((image, i) => ({ image, name: containerName(image), resources: {}, ...(i === 0 && extra) }));
    const labels = { app: name };
    return {
      object: {
        apiVersion: 'apps/v1', kind: 'Deployment', metadata: { labels, name },
        spec: { replicas: Number(replicas), selector: { matchLabels: labels }, strategy: {}, template: { metadata: { labels }, spec: { containers } } }, status: {},
      },
    };
  },
};

const job: Generator = {
  words: ['job'],
  refused: 'failed to create job',
  make(name, args) {
    const [image] = listOf(args, 'image');
    if (image === undefined) return { error: 'error: either --image or --from must be specified' };
    return { object: { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template: { metadata: {}, spec: workload(name, image, args, 'Never') } }, status: {} } };
  },
};

const cronJob: Generator = {
  words: ['cronjob', 'cj'],
  refused: 'failed to create cronjob',
  make(name, args) {
    const [image] = listOf(args, 'image');
    const { schedule, restart = 'OnFailure' } = args.flags;
    if (image === undefined) return required('image');
    if (schedule === undefined) return required('schedule');
    const jobTemplate = { metadata: { name }, spec: { template: { metadata: {}, spec: workload(name, image, args, restart) } } };
    return { object: { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec: { jobTemplate, schedule }, status: {} } };
  },
};

const workload = (name: string, image: string, { command }: Arguments, restartPolicy: string): JsonObject =>
  ({ containers: [{ ...(command.length > 0 && { command: [...command] }), image, name, resources: {} }], restartPolicy });

const priorityClass: Generator = {
  words: ['priorityclass', 'pc'],
  refused: 'failed to create priorityclass',
  make: (name, { flags }) => ({
    object: {
      apiVersion: 'scheduling.k8s.io/v1', ...(flags['description'] !== undefined && { description: flags['description'] }), kind: 'PriorityClass', metadata: { name },
      preemptionPolicy: flags['preemption-policy'] ?? 'PreemptLowerPriority', value: Number(flags['value'] ?? 0),
    },
  }),
};

/** `a=b,c=d`. */
const pairsIn = (text: string): Readonly<Record<string, string>> => Object.fromEntries(text.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));

/** A number stays one; `50%` is a text. */
const intOrText = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text);

const disruptionBudget: Generator = {
  words: ['poddisruptionbudget', 'pdb'],
  refused: 'failed to create poddisruptionbudgets',
  make(name, { flags }) {
    const { selector, 'min-available': least, 'max-unavailable': most } = flags;
    if (selector === undefined) return { error: 'error: a selector must be specified' };
        const spec = { ...(most !== undefined && { maxUnavailable: intOrText(most) }), ...(least !== undefined && { minAvailable: intOrText(least) }), selector: { matchLabels: pairsIn(selector) } };
    return { object: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec, status: {} } };
  },
};

/** What `kubectl run` makes. */
const pod: Generator = {
  words: [],
  make(name, args) {
    const [image] = listOf(args, 'image');
    if (image === undefined) return required('image');
    const labels = args.flags['labels'] === undefined ? { run: name } : pairsIn(args.flags['labels']);
    const { port, restart: restartPolicy = 'Always' } = args.flags;
    const container = { ...(args.command.length > 0 && { args: [...args.command] }), image, name, ...(port !== undefined && { ports: [{ containerPort: Number(port) }] }), resources: {} };
    return { object: { apiVersion: 'v1', kind: 'Pod', metadata: { labels, name }, spec: { containers: [container], dnsPolicy: 'ClusterFirst', restartPolicy }, status: {} } };
  },
};

const GENERATORS: readonly Generator[] = [namespace, serviceAccount, configMap, secret, deployment, job, cronJob, priorityClass, disruptionBudget];

/** The generator that words like `cm settings` or `secret generic key` mean, and how many of them name it. */
function generatorFor(words: readonly string[]): { readonly generator: Generator; readonly used: number } | undefined {
  for (const used of [2, 1]) {
    const generator = GENERATORS.find((each) => each.words.includes(words.slice(0, used).join(' ')));
    if (generator) return { generator, used };
  }
  return undefined;
}

/** The object that a command line describes. */
export function generate(args: Arguments): Generated {
  if (args.verb === 'run') return args.words.length === 1 ? pod.make(args.words[0] ?? '', args) : { error: 'error: NAME is required for run' };
  const found = generatorFor(args.words);
  if (!found) return { error: `error: unknown command "create ${args.words[0] ?? ''}" for "kubectl"\nAvailable here: -f FILE, ${GENERATORS.map(({ words }) => words[0]).join(', ')}` };
  const names = args.words.slice(found.used);
  if (names.length !== 1) return { error: `error: exactly one NAME is required, got ${names.length}\nSee 'kubectl create ${found.generator.words[0] ?? ''} -h' for help and examples` };
  return found.generator.make(names[0] ?? '', args);
}

/** What stands before a refusal of what was generated. */
export function refusalOf(args: Arguments): string | undefined {
  return generatorFor(args.words)?.generator.refused;
}
