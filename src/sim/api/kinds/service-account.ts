// ServiceAccounts (models pkg/registry/core/serviceaccount).
import type { ServiceAccount } from '../generated/types.ts';
import { each } from '../defaults/fill.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { subdomainName } from '../validation/names.ts';
import { defineKind } from './define.ts';

const mountableAnnotation = 'kubernetes.io/enforce-mountable-secrets';
const mountableWarning = `metadata.annotations[${mountableAnnotation}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`;

/** Of the references to secrets only the names are kept. */
function namesOnly(account: ServiceAccount): ServiceAccount {
  if (account.secrets === undefined) return account;
  const secrets = each(account.secrets, (secret) => (Object.keys(secret).every((key) => key === 'name') ? secret : secret.name ? { name: secret.name } : {}));
  return secrets === account.secrets ? account : { ...account, secrets };
}

export const serviceAccountKind = defineKind<ServiceAccount>({
  group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', shortNames: ['sa'], namespaced: true,
  subresources: ['token'],
  schema: schemaName('core.v1', 'ServiceAccount'),
  nameRule: subdomainName,
  prepareForCreate: namesOnly,
  prepareForUpdate: namesOnly,
  validateUpdate: (_next, _old, _errors, checks) => {
    checks.metadata();
    checks.all();
  },
  warnings: (account, old) => {
    const uses = account.metadata.annotations?.[mountableAnnotation] !== undefined && old?.metadata.annotations?.[mountableAnnotation] === undefined;
    return uses ? [mountableWarning] : [];
  },
  row: (account, nowMs) => [account.metadata.name ?? '', age(account.metadata.creationTimestamp, nowMs)],
});
