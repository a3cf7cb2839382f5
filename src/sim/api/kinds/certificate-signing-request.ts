// CertificateSigningRequests (models pkg/registry/certificates/certificates): who asks is written down by the server, and
// the decision about a request has a subresource of its own.
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../generated/types.ts';
import { decodeUtf8 } from '../utf8.ts';
import { age, humanDuration } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { immutable } from '../validation/metadata.ts';
import { defineKind, equal, keep } from './define.ts';

const specPath = new Path('spec');
const conditionsPath = new Path('status').child('conditions');
const decisions = ['Approved', 'Denied'];
const PEM = /-----BEGIN ([A-Z ]+)-----/;
const LEAST_SECONDS = 600;

function validateSpec({ spec }: CertificateSigningRequest, errors: Errors): void {
  const block = PEM.exec(decodeUtf8(spec.request ?? ''))?.[1];
  if (block !== 'CERTIFICATE REQUEST') errors.invalid(specPath.child('request'), spec.request ?? null, 'PEM block type must be CERTIFICATE REQUEST');
  if ((spec.usages ?? []).length === 0) errors.required(specPath.child('usages'));
  const signer = spec.signerName ?? '';
  if (signer === '') errors.required(specPath.child('signerName'));
  else if (signer.split('/').length !== 2) errors.invalid(specPath.child('signerName'), signer, 'must be a fully qualified domain and path of the form "example.com/signer-name"');
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < LEAST_SECONDS) errors.invalid(specPath.child('expirationSeconds'), seconds, 'may not specify a duration less than 600 seconds (10 minutes)');
}

const conditionsOf = ({ status }: CertificateSigningRequest): readonly CertificateSigningRequestCondition[] => status?.conditions ?? [];

function validateConditions(next: CertificateSigningRequest, errors: Errors): void {
  const types = conditionsOf(next).map(({ type }) => type);
  types.forEach((type, i) => {
    if (type === '') errors.required(conditionsPath.index(i).child('type'));
    else if (types.indexOf(type) < i) errors.duplicate(conditionsPath.index(i).child('type'), type);
  });
  if (decisions.every((type) => types.includes(type))) errors.invalid(conditionsPath, types[types.length - 1] ?? '', 'Approved and Denied conditions are mutually exclusive');
}

/** A decision stays: it can be neither taken back nor changed. */
function validateDecision(next: CertificateSigningRequest, old: CertificateSigningRequest, errors: Errors): void {
  for (const type of decisions) {
    const before = conditionsOf(old).filter((condition) => condition.type === type);
    const after = conditionsOf(next).filter((condition) => condition.type === type);
    if (before.length > 0 && !equal(before, after)) errors.forbidden(conditionsPath, `updates may not ${after.length === 0 ? 'remove' : 'modify'} a condition of type "${type}"`);
  }
}

/** Times that the client left out are now. */
function withTimes(next: CertificateSigningRequest, old: CertificateSigningRequest, now: string): CertificateSigningRequest {
  const conditions = conditionsOf(next).map((condition) => {
    const before = conditionsOf(old).find(({ type }) => type === condition.type);
    const changed = before?.status !== condition.status;
    return { ...condition, lastUpdateTime: condition.lastUpdateTime ?? now, lastTransitionTime: condition.lastTransitionTime ?? (changed ? now : before.lastTransitionTime ?? now) };
  });
  return conditions.length === 0 ? next : { ...next, status: { ...next.status, conditions } };
}

function shownStatus(request: CertificateSigningRequest): string {
  const has = (type: string): boolean => conditionsOf(request).some((condition) => condition.type === type);
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${decision}${has('Failed') ? ',Failed' : ''}${request.status?.certificate ? ',Issued' : ''}`;
}

export const certificateSigningRequestKind = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest', plural: 'certificatesigningrequests', shortNames: ['csr'], namespaced: false,
  subresources: ['approval', 'status'],
  schema: schemaName('certificates.v1', 'CertificateSigningRequest'),
  nameRule: () => [],
  prepareForCreate: (request, { user }) => {
    const { username: _, uid: __, groups: ___, extra: ____, ...spec } = request.spec;
    const asker = user && {
      username: user.name, ...(user.uid !== '' && { uid: user.uid }), ...(user.groups.length > 0 && { groups: user.groups }), ...(Object.keys(user.extra).length > 0 && { extra: user.extra }),
    };
    return { ...request, spec: { ...spec, ...asker }, status: {} };
  },
  prepareForUpdate: (next, old) => keep(next, old, 'spec', 'status'),
  validate: validateSpec,
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    immutable(next.spec, old.spec, specPath, errors);
  },
  status: {
    prepareForUpdate: (next, old, { now }) => {
      const kept = conditionsOf(old).filter(({ type }) => decisions.includes(type));
      const others = conditionsOf(next).filter(({ type }) => !decisions.includes(type));
      return withTimes({ ...keep(next, old, 'spec'), status: { ...next.status, ...(kept.length + others.length > 0 && { conditions: [...kept, ...others] }) } }, old, now);
    },
    validateUpdate: (next, _old, errors, checks) => {
      checks.metadata();
      validateConditions(next, errors);
    },
  },
  writeSubresources: {
    approval: {
      prepareForUpdate: (next, old, { now }) => withTimes({ ...keep(next, old, 'spec'), status: { ...old.status, ...(conditionsOf(next).length > 0 && { conditions: conditionsOf(next) }) } }, old, now),
      validateUpdate: (next, old, errors, checks) => {
        checks.metadata();
        validateConditions(next, errors);
        validateDecision(next, old, errors);
      },
    },
  },
  selectableFields: (request) => ({ 'spec.signerName': (request.spec as CertificateSigningRequest['spec'] | undefined)?.signerName ?? '' }),
  row: (request, nowMs) => {
    const { signerName, username, expirationSeconds } = request.spec;
    const duration = expirationSeconds === undefined ? '<none>' : humanDuration(expirationSeconds * 1000);
    return [request.metadata.name ?? '', age(request.metadata.creationTimestamp, nowMs), signerName || '<none>', username ?? '', duration, shownStatus(request)];
  },
});
