// Kinds that the API has and that nobody here would heed. They can be listed and watched like anything else; the API server
// takes none and says why (admission/not-simulated.ts), so that only a loaded state has objects of theirs.
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../generated/types.ts';
import type { Kind } from '../kind.ts';
import type { ApiObject } from '../meta.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { subdomainName } from '../validation/names.ts';
import { selectorText } from '../validation/workloads.ts';
import { defineKind } from './define.ts';
import type { KindDescription } from './define.ts';

type Row<T extends ApiObject> = (object: T) => readonly (string | number)[];
type More<T extends ApiObject> = Partial<Pick<KindDescription<T>, 'generation'>>;

/** A kind of a group's version 1; its row begins with the name and ends with the age. */
function kindOf<T extends ApiObject>(group: string, kind: T['kind'], plural: string, cells: Row<T>, more: More<T>): Kind {
  return defineKind<T>({
    group, version: 'v1', kind, plural, namespaced: false, schema: schemaName(`${group.split('.')[0] ?? ''}.v1`, kind), nameRule: subdomainName,
    categories: group === 'admissionregistration.k8s.io' ? ['api-extensions'] : [],
    validateUpdate: (_next, _old, _errors, checks) => checks.all(),
    row: (object, nowMs) => [object.metadata.name ?? '', ...cells(object), age(object.metadata.creationTimestamp, nowMs)],
    ...more,
  });
}

const REGISTRATION = 'admissionregistration.k8s.io';
const webhooks: readonly Kind[] = [
  kindOf<MutatingWebhookConfiguration>(REGISTRATION, 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', ({ webhooks: all = [] }) => [all.length], { generation: ['webhooks'] }),
  kindOf<ValidatingWebhookConfiguration>(REGISTRATION, 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', ({ webhooks: all = [] }) => [all.length], { generation: ['webhooks'] }),
];

function paramText({ spec }: MutatingAdmissionPolicyBinding): string {
  const { name, namespace = '*', selector } = spec?.paramRef ?? {};
  return name !== undefined ? `${namespace}/${name}` : selector ? selectorText(selector) : '<unset>';
}

const mutatingPolicies: readonly Kind[] = [
  kindOf<MutatingAdmissionPolicy>(REGISTRATION, 'MutatingAdmissionPolicy', 'mutatingadmissionpolicies', ({ spec }) => [
    spec?.mutations?.length ?? 0, spec?.paramKind ? `${spec.paramKind.apiVersion ?? ''}/${spec.paramKind.kind ?? ''}` : '<unset>',
  ], { generation: ['spec'] }),
  kindOf<MutatingAdmissionPolicyBinding>(REGISTRATION, 'MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings', (binding) => [binding.spec?.policyName ?? '', paramText(binding)], { generation: ['spec'] }),
];

/** Why the API server takes none of them. */
const topics: readonly { readonly kinds: readonly Kind[]; readonly why: string }[] = [
  { kinds: webhooks, why: 'admission webhooks cannot be called from this simulated API server; use a ValidatingAdmissionPolicy instead' },
  { kinds: mutatingPolicies, why: 'mutating admission policies are not simulated' },
];

export const notSimulated: readonly { readonly kind: Kind; readonly why: string }[] = topics.flatMap(({ kinds, why }) => kinds.map((kind) => ({ kind, why })));
