// Subresources with objects of their own: binding and scale. They read and write the main object.
import { formatTime } from '../../../base/time.ts';
import type { Binding, JsonObject, Pod, Scale } from '../../api/generated/types.ts';
import { Errors } from '../../api/validation/field.ts';
import type { ApiObject } from '../../api/meta.ts';
import { apiVersionOf } from '../../api/meta.ts';
import type { Context } from '../../kernel/actor.ts';
import { resourceOf } from '../call.ts';
import type { Call } from '../call.ts';
import { applyConfiguration } from '../managed-fields/apply.ts';
import { entriesOf, withEntries } from '../managed-fields/entries.ts';
import { trackUpdate } from '../managed-fields/manager.ts';
import { parentEntries, scaleEntries } from '../managed-fields/scale.ts';
import { withMeta } from '../object.ts';
import type { Server } from '../server.ts';
import { checkName, decode } from '../stages/decode.ts';
import { mutatingAdmission } from '../stages/mutating-admission.ts';
import { patched } from '../stages/patch.ts';
import { validatingAdmission } from '../stages/validating-admission.ts';
import { Refusal, badRequest, conflict, invalid, success, unclassified } from '../status.ts';
import { inNamespace } from './create.ts';
import { checkSameObject } from './preconditions.ts';
import { currentScale, scalePath, scaleOf, scaleRulesOf } from './scale.ts';
import type { Kind } from '../../api/kind.ts';

export const bindingKind = { group: '', version: 'v1', kind: 'Binding', schema: 'io.k8s.api.core.v1.Binding' };
export const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale', plural: 'scales', schema: 'io.k8s.api.autoscaling.v1.Scale' };

/** The pod as a Binding leaves it (models BindingREST.setPodNodeAndMetadata). Throws Refusal. */
export function bound(server: Server, call: Call, key: string, existing: ApiObject, ctx: Context): ApiObject {
  const { name } = call.request;
  const attributes = { operation: 'CREATE' as const, call, server, ctx, old: undefined };
  const binding = mutatingAdmission(inNamespace(call, decode(call, bindingKind)), attributes) as Binding;
  if ((binding.metadata.name ?? '') !== name) throw new Refusal(badRequest('name in URL does not match name in Binding object'));
  checkBinding(binding);
  validatingAdmission(binding, attributes);
  checkSameObject(call, key, binding, existing, true);
  checkBindable(existing as Pod);
  return withNode(existing as Pod, binding, formatTime(ctx.unixUs));
}

/** The real server forgets to make a Status of these errors: they are answered with 500. */
function checkBinding({ target }: Binding): void {
  const errors = new Errors();
  if ((target.kind ?? '') !== '' && target.kind !== 'Node') errors.notSupported('target.kind', target.kind, ['Node', '<empty>']);
  if ((target.name ?? '') === '') errors.required('target.name');
  if (errors.length === 0) return;
  const texts = errors.list.map(({ path, message }) => `${path}: ${message}`);
  throw new Refusal(unclassified(texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`));
}

function checkBindable({ metadata, spec }: Pod): void {
  const name = metadata.name ?? '';
  const refuse = (why: string): never => {
    throw new Refusal(conflict({ group: '', resource: 'pods/binding' }, name, why));
  };
  if (metadata.deletionTimestamp) refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (spec?.nodeName) refuse(`pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`);
  if ((spec?.schedulingGates ?? []).length > 0) refuse(`pod ${name} has non-empty .spec.schedulingGates`);
}

function withNode(pod: Pod, { target, metadata }: Binding, now: string): Pod {
  const { nominatedNodeName: _, ...status } = pod.status ?? {};
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: now } as unknown as NonNullable<typeof status.conditions>[number];
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  const next = { ...pod, spec: { ...pod.spec, nodeName: target.name }, status: { ...status, conditions: [...others, scheduled] } } as Pod;
  if (!metadata.annotations && !metadata.labels) return next;
  const { annotations, labels } = pod.metadata;
  return withMeta(next, {
    ...(metadata.annotations ? { annotations: { ...annotations, ...metadata.annotations } } : {}), ...(metadata.labels ? { labels: { ...labels, ...metadata.labels } } : {}),
  }) as Pod;
}

/** The object with the replicas of the Scale that was sent, patched or applied. Throws Refusal. */
export function scaled(call: Call, key: string, existing: ApiObject, ctx: Context): ApiObject {
  const { kind, custom } = resourceOf(call);
  const scale = scaleRulesOf(kind, existing);
  const current = withEntries(currentScale(scale, existing), scaleEntries(existing, scale.path)) as Scale;
  const sent = inNamespace(call, sentScale(call, current, ctx)) as Scale;
  checkName(call, sent);
  if (call.request.verb === 'update') checkSameObject(call, key, sent, existing);
  checkReplicas(call, scale, existing, sent, custom);
  const resourceVersion = sent.metadata.resourceVersion ?? existing.metadata.resourceVersion;
  const next = withMeta(scale.withReplicas(existing, sent.spec?.replicas ?? 0), { resourceVersion });
  return entriesOf(existing).length + entriesOf(sent).length === 0 ? next : withEntries(next, parentEntries(existing, sent, apiVersionOf(kind.group, kind.version), scale.path));
}

/** How many a custom resource may have is for its own validation to say. */
function checkReplicas({ request }: Call, scale: NonNullable<Kind['scale']>, existing: ApiObject, { spec }: Scale, custom: boolean): void {
  if (request.verb === 'patch' && spec?.replicas === undefined && scale.replicas(existing) === undefined) {
    throw new Refusal(badRequest(`the spec replicas field ${JSON.stringify(scalePath(scale))} cannot be empty`));
  }
  const replicas = spec?.replicas ?? 0;
  if (replicas >= 0 || custom) return;
  const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
  throw new Refusal(invalid('autoscaling', 'Scale', request.name, [{ type: 'FieldValueInvalid', path: 'spec.replicas', message }]));
}

function sentScale(call: Call, current: Scale, ctx: Context): Scale {
  const { verb, patchType } = call.request;
  if (patchType === 'apply') return applyConfiguration(call, scaleKind, current, ctx) as Scale;
  const sent = verb === 'patch' ? patched(call, { ...resourceOf(call).kind, ...scaleKind }, current) : decode(call, scaleKind);
  return trackUpdate(call, scaleKind, current, sent, ctx) as Scale;
}

/** What an update answers with. */
export function answerOf(call: Call, object: ApiObject): { readonly code: number; readonly body: ApiObject | JsonObject } {
  switch (call.request.subresource) {
    case 'binding': return { code: 201, body: success(201) as unknown as JsonObject };
    case 'scale': return { code: 200, body: scaleOf(resourceOf(call).kind, object) };
    default: return { code: 200, body: object };
  }
}
