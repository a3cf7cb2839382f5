// CSIDrivers (models pkg/registry/storage/csidriver).
import type { CSIDriver, CSIDriverSpec, TokenRequest } from '../generated/types.ts';
import { change, fill, without } from '../defaults/fill.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { immutable } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { countUp, defineKind, equal } from './define.ts';

const specPath = new Path('spec');
const groupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType'];
const modes = ['Persistent', 'Ephemeral'];
const minTokenSeconds = 600;
const maxTokenSeconds = 2 ** 32;
const tokensWarning = 'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes';

function defaultSpec(before: CSIDriverSpec): CSIDriverSpec {
  const spec = fill(before, { attachRequired: true, podInfoOnMount: false, storageCapacity: false, fsGroupPolicy: 'ReadWriteOnceWithFSType', requiresRepublish: false, seLinuxMount: false });
  return (spec.volumeLifecycleModes ?? []).length > 0 ? spec : { ...spec, volumeLifecycleModes: ['Persistent'] };
}

function validateTokens(requests: readonly TokenRequest[], path: Path, errors: Errors): void {
  const audiences = new Set<string>();
  requests.forEach(({ audience, expirationSeconds: seconds }, i) => {
    const at = path.index(i);
    if (audiences.has(audience)) {
      errors.duplicate(at.child('audience'), audience);
      return;
    }
    audiences.add(audience);
    if (seconds === undefined) return;
    if (seconds < minTokenSeconds) errors.invalid(at.child('expirationSeconds'), seconds, 'may not specify a duration less than 10 minutes');
    if (seconds > maxTokenSeconds) errors.invalid(at.child('expirationSeconds'), seconds, 'may not specify a duration larger than 2^32 seconds');
  });
}

function validateSpec(spec: CSIDriverSpec, errors: Errors): void {
  for (const [name, shown] of [['attachRequired', 'attachedRequired'], ['podInfoOnMount', 'podInfoOnMount'], ['storageCapacity', 'storageCapacity']] as const) {
    if (spec[name] === undefined) errors.required(specPath.child(shown));
  }
  const policy = spec.fsGroupPolicy;
  if (policy !== undefined && !groupPolicies.includes(policy)) errors.notSupported(specPath.child('fsGroupPolicy'), policy, groupPolicies);
  validateTokens(spec.tokenRequests ?? [], specPath.child('tokenRequests'), errors);
  for (const mode of spec.volumeLifecycleModes ?? []) if (!modes.includes(mode)) errors.notSupported(specPath.child('volumeLifecycleModes'), mode, modes);
  if (spec.seLinuxMount === undefined) errors.required(specPath.child('seLinuxMount'));
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < 10) errors.invalid(specPath.child('nodeAllocatableUpdatePeriodSeconds'), period, 'must be greater than or equal to 10 seconds');
  const inSecrets = spec.serviceAccountTokenInSecrets;
  if (inSecrets !== undefined && (spec.tokenRequests ?? []).length === 0) {
    errors.invalid(specPath.child('serviceAccountTokenInSecrets'), inSecrets, 'serviceAccountTokenInSecrets is set but no tokenRequests are specified');
  }
}

/** VolumeLimitScaling is off. */
function withoutScaling(driver: CSIDriver): CSIDriver {
  return change(driver, 'spec', (spec) => without(spec, 'preventPodSchedulingIfMissing'));
}

export const csiDriverKind = defineKind<CSIDriver>({
  group: 'storage.k8s.io', version: 'v1', kind: 'CSIDriver', plural: 'csidrivers', namespaced: false,
  schema: schemaName('storage.v1', 'CSIDriver'),
  unconditionalUpdate: false,
  nameRule: subdomainName,
  defaults: (driver) => change(driver, 'spec', defaultSpec),
  prepareForCreate: withoutScaling,
  // Generation starts with the first change.
  prepareForUpdate: (next, old) => countUp(withoutScaling(next), old, ['spec']),
  validate: ({ spec }, errors) => validateSpec(spec, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    validateSpec(next.spec, errors);
    immutable(next.spec?.attachRequired, old.spec?.attachRequired, specPath.child('attachedRequired'), errors);
    immutable(next.spec?.volumeLifecycleModes, old.spec?.volumeLifecycleModes, specPath.child('volumeLifecycleModes'), errors);
  },
  warnings: ({ spec }, old) => {
    const changed = old === undefined || !equal(old.spec?.tokenRequests, spec.tokenRequests);
    return changed && (spec.tokenRequests ?? []).length > 0 && spec.serviceAccountTokenInSecrets === undefined ? [tokensWarning] : [];
  },
  row: ({ metadata, spec }, nowMs) => [
    metadata.name ?? '', spec.attachRequired ?? true, spec.podInfoOnMount ?? false, spec.storageCapacity ?? false,
    spec.tokenRequests === undefined ? '<unset>' : spec.tokenRequests.map(({ audience }) => audience).join(','), spec.requiresRepublish ?? false,
    (spec.volumeLifecycleModes ?? []).join(',') || '<none>', age(metadata.creationTimestamp, nowMs),
  ],
});
