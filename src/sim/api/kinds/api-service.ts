// Which server answers for a group and version (models kube-aggregator's pkg/registry/apiservice). All are local here.
import type { APIService, APIServiceSpec } from '../generated/types.ts';
import { byteLength as decodedLength } from '../base64.ts';
import { age } from '../printing.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { metadataPath, validateObjectMeta } from '../validation/metadata.ts';
import { dns1035Label, dns1123Subdomain, pathSegmentName } from '../validation/names.ts';
import { defineKind, keep, keepMeta } from './define.ts';

const specPath = new Path('spec');
const empty: APIServiceSpec = { groupPriorityMinimum: 0, versionPriority: 0 };
const conditionStatuses = ['True', 'False', 'Unknown'];

function validateSpec({ group = '', version = '', groupPriorityMinimum, versionPriority, service, caBundle = '', insecureSkipTLSVerify = false }: APIServiceSpec, errors: Errors): void {
  if (group === '' && version !== 'v1') errors.required(specPath.child('group'), 'only v1 may have an empty group and it better be legacy kube');
  if (group !== '') errors.invalidAll(specPath.child('group'), group, dns1123Subdomain(group));
  errors.invalidAll(specPath.child('version'), version, dns1035Label(version));
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > 20_000) errors.invalid(specPath.child('groupPriorityMinimum'), groupPriorityMinimum, 'must be positive and less than 20000');
  if (versionPriority <= 0 || versionPriority > 1000) errors.invalid(specPath.child('versionPriority'), versionPriority, 'must be positive and less than 1000');
  const insecurePath = specPath.child('insecureSkipTLSVerify');
  if (service === undefined) {
    if (caBundle !== '') errors.invalid(specPath.child('caBundle'), `${decodedLength(caBundle)} bytes`, 'local APIServices may not have a caBundle');
    if (insecureSkipTLSVerify) errors.invalid(insecurePath, true, 'local APIServices may not have insecureSkipTLSVerify');
    return;
  }
  for (const name of ['namespace', 'name'] as const) if ((service[name] ?? '') === '') errors.required(specPath.child('service').child(name));
  if (insecureSkipTLSVerify && caBundle !== '') errors.invalid(insecurePath, true, 'may not be true if caBundle is present');
}

function validateAll({ metadata, spec = empty }: APIService, errors: Errors): void {
  const required = `${spec.version ?? ''}.${spec.group ?? ''}`;
  validateObjectMeta(metadata, false, (name, prefix) => {
    const problems = pathSegmentName(name, prefix);
    if (problems.length > 0 || name === required) return problems;
    return [`must be \`spec.version+"."+spec.group\`: ${JSON.stringify(required)}`];
  }, metadataPath, errors);
  validateSpec(spec, errors);
}

function available({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (condition === undefined) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
}

export const apiServiceKind = defineKind<APIService>({
  group: 'apiregistration.k8s.io', version: 'v1', kind: 'APIService', plural: 'apiservices', categories: ['api-extensions'], namespaced: false, subresources: ['status'],
  schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  unconditionalUpdate: false,
  nameRule: pathSegmentName,
  checksMetadata: false,
  anyFinalizers: true,
  prepareForCreate: (service, { now }) => ({
    ...service,
    status: service.spec?.service ? {} : { conditions: [{ type: 'Available', status: 'True', lastTransitionTime: now, reason: 'Local', message: 'Local APIServices are always available' }] },
  }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: validateAll,
  validateUpdate: (next, _old, errors, checks) => {
    checks.metadata();
    validateAll(next, errors);
  },
  status: {
    prepareForUpdate: (next, old) => keepMeta(keep(next, old, 'spec'), old),
    validateUpdate: ({ status }, _old, errors, checks) => {
      checks.metadata();
      status?.conditions?.forEach((condition, i) => {
        if (!conditionStatuses.includes(condition.status)) errors.notSupported(new Path('status').child('conditions').index(i).child('status'), condition.status, conditionStatuses);
      });
    },
  },
  row: (service, nowMs) => {
    const { service: target } = service.spec ?? empty;
    return [service.metadata.name ?? '', target ? `${target.namespace ?? ''}/${target.name ?? ''}` : 'Local', available(service), age(service.metadata.creationTimestamp, nowMs)];
  },
});
