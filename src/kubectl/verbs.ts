import { gvrOf } from '../sim/api/kind.ts';
import { createRequest, deleteRequest, getRequest, patchRequest } from '../sim/client/requests.ts';
import type { JsonObject } from '../sim/api/generated/types.ts';
import type { ApiResponse, PatchType } from '../sim/apiserver/messages.ts';
import { formatTime } from '../base/time.ts';
import { parseDocument } from 'yaml';
import { apply, diff } from './apply.ts';
import { refusalOf } from './generators.ts';
import { get } from './get.ts';
import { annotate, label } from './metadata.ts';
import { complain, complainOfStatus, dryRunSuffix, isRefused, printedKind, printedName, report, say, warnOf, withOptions } from './run.ts';
import type { Item, Run, Step, Verb } from './run.ts';

function refused(run: Run, item: Item, response: ApiResponse, context = ''): boolean {
  if (!isRefused(response)) return false;
  complainOfStatus(run, item, response, context);
  return true;
}

const create: Verb = {
  name: 'create',
  begin(run, item) {
    if (run.args.flags['dry-run'] !== 'client') return { phase: 'create', request: withOptions(createRequest(gvrOf(item.kind), item.object, item.namespace), run) };
    report(run, item, 'created', item.object);
    return 'done';
  },
  answer(run, item, response) {
    const prefix = item.file === '' ? refusalOf(run.args) : undefined;
    if (isRefused(response) && prefix !== undefined) refuseGenerated(run, item, response, prefix);
    else if (!refused(run, item, response, item.file === '' ? '' : `error when creating "${item.file}": `)) report(run, item, 'created', response.body);
    return 'done';
  },
};

/** Some generators tell a refusal in their own words. */
function refuseGenerated(run: Run, item: Item, response: ApiResponse, prefix: string): void {
  const { message = '' } = response.body as { readonly message?: string };
  const text = `error: ${prefix}${prefix.endsWith('secret') ? '' : ':'} ${message}`;
  complain(run, text, [{ file: '', document: 0, object: printedName(item), field: '', message, line: 0, column: 0 }]);
}

const IMMEDIATE = 'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.';

const remove: Verb = {
  name: 'delete',
  begin(run, item) {
    const { force, 'dry-run': dryRun } = run.args.flags;
    if (force === 'true' && !run.stderr.includes(IMMEDIATE)) complain(run, IMMEDIATE, []);
    if (dryRun !== 'client') return { phase: 'delete', request: { ...deleteRequest(gvrOf(item.kind), item.namespace, item.name, deleteOptions(run)), options: dryRun === 'server' ? { dryRun: true } : {} } };
    sayDeleted(run, item);
    return 'done';
  },
  answer(run, item, response) {
    if (response.code === 404 && run.args.flags['ignore-not-found'] === 'true') return 'done';
    if (!refused(run, item, response, item.file === '' ? '' : `error when deleting "${item.file}": `)) sayDeleted(run, item);
    return 'done';
  },
};

function sayDeleted(run: Run, item: Item): void {
  const { force, output, 'dry-run': dryRun = 'none' } = run.args.flags;
  const from = item.kind.namespaced ? ` from ${item.namespace} namespace` : '';
  say(run, output === 'name' ? printedName(item) : `${printedKind(item.kind)} "${item.name}" ${force === 'true' ? 'force deleted' : 'deleted'}${from}${dryRunSuffix(dryRun)}`);
}

function deleteOptions(run: Run): unknown {
  const { flags } = run.args;
  const cascade: Readonly<Record<string, string>> = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' };
  const grace = flags['force'] === 'true' ? 0 : flags['now'] === 'true' ? 1 : flags['grace-period'] === undefined ? undefined : Number(flags['grace-period']);
  return { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: cascade[flags['cascade'] ?? 'background'] ?? 'Background', ...(grace === undefined ? {} : { gracePeriodSeconds: grace }) };
}

const PATCH_TYPES: Readonly<Record<string, PatchType>> = { json: 'json', merge: 'merge', strategic: 'strategic' };

/** The patch is YAML or JSON. What does not begin as a mapping or list is told by the server. */
const patch: Verb = {
  name: 'patch',
  begin(_run, item) {
    return { phase: 'get', request: getRequest(gvrOf(item.kind), item.namespace, item.name) };
  },
  answer(run, item, response): Step {
    if (refused(run, item, response)) return 'done';
    const { type = 'strategic', subresource = '', patch: text = '{}' } = run.args.flags;
    if (run.phase === 'get') {
      run.live = response.body as JsonObject;
      const document = parseDocument(text, { logLevel: 'silent' });
      if (document.errors[0]) return unreadable(run, item, text, document.errors[0].message);
      return { phase: 'patch', request: withOptions(patchRequest(gvrOf(item.kind), item.namespace, item.name, PATCH_TYPES[type] ?? 'strategic', document.toJS(), subresource), run) };
    }
    warnOf(run, response);
    report(run, item, versionOf(run.live) === versionOf(response.body) ? 'patched (no change)' : 'patched', response.body);
    return 'done';
  },
};

function unreadable(run: Run, item: Item, text: string, reason: string): Step {
  const message = `error: unable to parse ${JSON.stringify(text)}: ${reason.split('\n')[0] ?? ''}`;
  complain(run, message, [{ file: '', document: 0, object: printedName(item), field: '', message, line: 0, column: 0 }]);
  return 'done';
}

function versionOf(object: unknown): unknown {
  return (object as { readonly metadata?: { readonly resourceVersion?: string } } | undefined)?.metadata?.resourceVersion;
}

/** Verbs that look at the object and then patch one thing of it. */
function patching(name: string, said: string, patch: (run: Run) => unknown, subresource = ''): Verb {
  return {
    name,
    begin: (_run, item) => ({ phase: 'get', request: getRequest(gvrOf(item.kind), item.namespace, item.name) }),
    answer(run, item, response): Step {
      if (refused(run, item, response)) return 'done';
      if (run.phase === 'get') {
        return { phase: 'patch', request: patchRequest(gvrOf(item.kind), item.namespace, item.name, subresource || item.kind.schema === undefined ? 'merge' : 'strategic', patch(run), subresource) };
      }
      say(run, `${printedName(item)} ${said}`);
      return 'done';
    },
  };
}

const scale = patching('scale', 'scaled', (run) => ({ spec: { replicas: Number(run.args.flags['replicas'] ?? 1) } }), 'scale');
const cordon = patching('cordon', 'cordoned', () => ({ spec: { unschedulable: true } }));
const uncordon = patching('uncordon', 'uncordoned', () => ({ spec: { unschedulable: false } }));

/** `rollout restart`: the changed annotation makes a new template, hence a new ReplicaSet. */
function restartAt(unixUs: number): Verb {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': formatTime(unixUs) };
  return patching('rollout', 'restarted', () => ({ spec: { template: { metadata: { annotations } } } }));
}

/** `kubectl run` creates the one pod that it describes. */
const runPod: Verb = { ...create, name: 'run' };

const VERBS: readonly Verb[] = [get, apply, diff, create, runPod, remove, label, annotate, patch, scale, cordon, uncordon];
export const VERB_NAMES: readonly string[] = [...VERBS.map((verb) => verb.name), 'rollout restart'];

export function verbOf(run: Run, unixUs: number): Verb | undefined {
  return run.args.verb === 'rollout' ? restartAt(unixUs) : VERBS.find((verb) => verb.name === run.args.verb);
}
