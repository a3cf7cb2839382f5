import { gvrOf } from '../sim/api/kind.ts';
import { createRequest, deleteRequest, getRequest, patchRequest } from '../sim/client/requests.ts';
import type { ApiResponse } from '../sim/apiserver/messages.ts';
import { formatTime } from '../base/time.ts';
import { apply, diff, withOptions } from './apply.ts';
import { complainOfStatus, printedName, say } from './run.ts';
import type { Item, Run, Step, Verb } from './run.ts';

function refused(run: Run, item: Item, response: ApiResponse, context = ''): boolean {
  if (response.code >= 200 && response.code < 300) return false;
  complainOfStatus(run, item, response, context);
  return true;
}

const create: Verb = {
  name: 'create',
  begin: (run, item) => ({ phase: 'create', request: withOptions(createRequest(gvrOf(item.kind), item.object, item.namespace), run) }),
  answer(run, item, response) {
    if (!refused(run, item, response, `error when creating "${item.file}": `)) say(run, `${printedName(item)} created`);
    return 'done';
  },
};

const remove: Verb = {
  name: 'delete',
  begin: (run, item) => ({ phase: 'delete', request: deleteRequest(gvrOf(item.kind), item.namespace, item.name, deleteOptions(run)) }),
  answer(run, item, response) {
    const from = item.kind.namespaced ? ` from ${item.namespace} namespace` : '';
    const word = run.args.flags['force'] === 'true' ? 'force deleted' : 'deleted';
    if (!refused(run, item, response)) say(run, `${printedName(item).replace('/', ' "')}" ${word}${from}`);
    return 'done';
  },
};

function deleteOptions(run: Run): unknown {
  const { flags } = run.args;
  const cascade: Readonly<Record<string, string>> = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' };
  const grace = flags['force'] === 'true' ? 0 : flags['now'] === 'true' ? 1 : flags['grace-period'] === undefined ? undefined : Number(flags['grace-period']);
  return { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: cascade[flags['cascade'] ?? 'background'] ?? 'Background', ...(grace === undefined ? {} : { gracePeriodSeconds: grace }) };
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

const VERBS: readonly Verb[] = [apply, diff, create, remove, scale, cordon, uncordon];
export const VERB_NAMES: readonly string[] = [...VERBS.map((verb) => verb.name), 'rollout restart'];

export function verbOf(run: Run, unixUs: number): Verb | undefined {
  return run.args.verb === 'rollout' ? restartAt(unixUs) : VERBS.find((verb) => verb.name === run.args.verb);
}
