// Configurations of admission webhooks. There are none: the API server has nobody to call, so that it refuses to take any
// (admission/webhooks.ts). They can be listed and watched like anything else.
import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../generated/types.ts';
import type { Kind } from '../kind.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { subdomainName } from '../validation/names.ts';
import { defineKind } from './define.ts';

function webhookKind<T extends MutatingWebhookConfiguration | ValidatingWebhookConfiguration>(kind: T['kind'], plural: string): Kind {
  return defineKind<T>({
    group: 'admissionregistration.k8s.io', version: 'v1', kind, plural, categories: ['api-extensions'], namespaced: false,
    schema: schemaName('admissionregistration.v1', kind), generation: ['webhooks'], nameRule: subdomainName,
    validateUpdate: (_next, _old, _errors, checks) => checks.all(),
    row: ({ metadata, webhooks = [] }, nowMs) => [metadata.name ?? '', webhooks.length, age(metadata.creationTimestamp, nowMs)],
  });
}

export const mutatingWebhookConfigurationKind = webhookKind<MutatingWebhookConfiguration>('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations');
export const validatingWebhookConfigurationKind = webhookKind<ValidatingWebhookConfiguration>('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations');
