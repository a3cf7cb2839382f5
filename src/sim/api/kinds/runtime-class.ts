// RuntimeClasses (models pkg/registry/node/runtimeclass).
import type { RuntimeClass, Toleration } from '../generated/types.ts';
import { change } from '../defaults/fill.ts';
import { roundResources } from '../defaults/resources.ts';
import { internalForm } from '../internal-form.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { validateTolerations } from '../validation/affinity.ts';
import { deprecatedNodeLabel } from '../validation/deprecated-labels.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { immutable, validateLabels } from '../validation/metadata.ts';
import { dns1123Label, subdomainName } from '../validation/names.ts';
import { validateContainerResourceName, validateRequirements } from '../validation/resources.ts';
import { defineKind } from './define.ts';

const handlerPath = new Path('handler');
const schedulingPath = new Path('scheduling');

function validateUnique(tolerations: readonly Toleration[], path: Path, errors: Errors): void {
  const seen = new Set<string>();
  tolerations.forEach((toleration, i) => {
    const { key = '', operator = '', value = '', effect = '' } = toleration;
    const text = JSON.stringify([key, operator, value, effect]);
    if (seen.has(text)) errors.duplicate(path.index(i), internalForm(toleration, 'core.Toleration'));
    seen.add(text);
  });
}

export const runtimeClassKind = defineKind<RuntimeClass>({
  group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass', plural: 'runtimeclasses', namespaced: false,
  schema: schemaName('node.v1', 'RuntimeClass'),
  createOnUpdate: true,
  unconditionalUpdate: false,
  nameRule: subdomainName,
  defaults: (runtime) => change(runtime, 'overhead', (overhead) => change(overhead, 'podFixed', (list) => roundResources({ limits: list }).limits)),
  validate: ({ handler, overhead, scheduling }, errors) => {
    if (!handler) errors.required(handlerPath);
    else errors.invalidAll(handlerPath, handler, dns1123Label(handler));
    if (overhead?.podFixed) validateRequirements({ limits: overhead.podFixed }, validateContainerResourceName, [], new Path('overhead'), errors);
    if (scheduling?.nodeSelector) validateLabels(scheduling.nodeSelector, schedulingPath.child('nodeSelector'), errors);
    const at = schedulingPath.child('tolerations');
    validateTolerations(scheduling?.tolerations ?? [], at, errors);
    validateUnique(scheduling?.tolerations ?? [], at, errors);
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.all();
    checks.metadata();
    immutable(next.handler, old.handler, handlerPath, errors);
  },
  warnings: ({ scheduling }) => Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
    const message = deprecatedNodeLabel(key);
    return message === undefined ? [] : [schedulingPath.child('nodeSelector').note(message)];
  }),
  row: ({ metadata, handler }, nowMs) => [metadata.name ?? '', handler, age(metadata.creationTimestamp, nowMs)],
});
