import type { JsonObject } from '../sim/api/generated/types.ts';
import { threeWayMergePatch } from '../sim/api/patch.ts';
import { schemaOf } from '../sim/api/schema.ts';
import { gvrOf } from '../sim/api/kind.ts';
import type { ApiObject } from '../sim/api/meta.ts';
import type { ApiResponse } from '../sim/apiserver/messages.ts';
import { createRequest, getRequest, patchRequest } from '../sim/client/requests.ts';
import { sortedKeys } from './templates.ts';
import { complain, complainOfStatus, printedName, report, warnOf, withOptions } from './run.ts';
import type { Item, Run, Step, Verb } from './run.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Client-side apply: GET, then POST what is missing or PATCH what differs (a three-way merge with the last applied). */
export const apply: Verb = {
  name: 'apply',
  begin: (_run, item) => ({ phase: 'get', request: getRequest(gvrOf(item.kind), item.namespace, item.name) }),
  answer(run, item, response) {
    switch (run.phase) {
      case 'get': return afterGet(run, item, response);
      case 'create': return afterWrite(run, item, response, 'created');
      default: return afterWrite(run, item, response, 'configured');
    }
  },
};

/** `kubectl diff`: the same requests as a dry run, and both objects side by side. */
export const diff: Verb = { ...apply, name: 'diff' };

function afterGet(run: Run, item: Item, response: ApiResponse): Step {
  const modified = withLastApplied(item.object as JsonObject);
  if (response.code === 404) {
    if (isClientDryRun(run)) {
      report(run, item, 'created', item.object);
      return 'done';
    }
    return { phase: 'create', request: withOptions(createRequest(gvrOf(item.kind), modified, item.namespace), run) };
  }
  if (response.code !== 200) {
    complainOfStatus(run, item, response, `error when retrieving current configuration of:\n${resourceLines(item)}\nfrom server for: "${item.file}": `);
    return 'done';
  }
  run.live = response.body as JsonObject;
  if (isClientDryRun(run)) {
    report(run, item, 'configured', run.live);
    return 'done';
  }
  if (run.args.verb === 'apply' && lastApplied(run.live) === undefined) complain(run, missingAnnotation(item), []);
  const patch = patchFor(item, modified, run.live);
  if (Object.keys(patch).length === 0) {
    if (run.args.verb === 'apply') report(run, item, 'unchanged', run.live);
    return 'done';
  }
  return { phase: 'patch', request: withOptions(patchRequest(gvrOf(item.kind), item.namespace, item.name, item.kind.schema === undefined ? 'merge' : 'strategic', patch), run) };
}

function afterWrite(run: Run, item: Item, response: ApiResponse, word: string): Step {
  warnOf(run, response);
  if (response.code >= 300 || response.code === 0) {
    complainOfStatus(run, item, response, refusedContext(run, item));
  } else if (run.args.verb === 'diff') {
    run.diffs = [...run.diffs, { object: printedName(item), live: run.live as ApiObject | undefined, merged: response.body as ApiObject }];
  } else {
    report(run, item, word, response.body);
  }
  return 'done';
}

function refusedContext(run: Run, item: Item): string {
  if (run.phase === 'create') return `error when creating "${item.file}": `;
  return `error when applying patch:\n${JSON.stringify(run.sent?.body)}\nto:\n${resourceLines(item)}\nfor: "${item.file}": error when patching "${item.file}": `;
}

function resourceLines(item: Item): string {
  const { group, version, plural, kind } = item.kind;
  const apiVersion = group ? `${group}/${version}` : `/${version}`;
  return `Resource: "${apiVersion}, Resource=${plural}", GroupVersionKind: "${apiVersion}, Kind=${kind}"\nName: "${item.name}", Namespace: "${item.namespace}"`;
}

function patchFor(item: Item, modified: JsonObject, live: JsonObject): JsonObject {
  const text = lastApplied(live);
  const original = text === undefined ? {} : JSON.parse(text) as JsonObject;
  return threeWayMergePatch(original, modified, live, item.kind.schema === undefined ? undefined : schemaOf(item.kind.schema));
}

function lastApplied(live: JsonObject): string | undefined {
  const annotations = (live['metadata'] as JsonObject | undefined)?.['annotations'] as JsonObject | undefined;
  const text = annotations?.[LAST_APPLIED];
  return typeof text === 'string' ? text : undefined;
}

const isClientDryRun = ({ args }: Run): boolean => args.verb === 'apply' && args.flags['dry-run'] === 'client';

function missingAnnotation({ kind, name }: Item): string {
  return `Warning: resource ${kind.plural}/${name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.`;
}

/** The object with itself, as compact JSON with sorted keys, in the annotation that the next apply compares with. */
function withLastApplied(object: JsonObject): JsonObject {
  const metadata = (object['metadata'] ?? {}) as JsonObject;
  const annotations = { ...(metadata['annotations'] as JsonObject | undefined) };
  delete annotations[LAST_APPLIED];
  const bare = { ...object, metadata: { ...metadata, annotations } };
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [LAST_APPLIED]: `${JSON.stringify(sortedKeys(bare))}\n` } } };
}
