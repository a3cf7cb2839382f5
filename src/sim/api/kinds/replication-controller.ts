// ReplicationControllers (models pkg/registry/core/replicationcontroller).
import type { ReplicationController, ReplicationControllerSpec } from '../generated/types.ts';
import { change, fill } from '../defaults/fill.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { age, containerCells, formatLabels } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { formatSelector, matchesSelector, selectorOfLabels } from '../selectors.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { nonNegative, sortedMap } from '../validation/metadata.ts';
import { maxBytesMessage, maxLengthMessage, subdomainName } from '../validation/names.ts';
import { templateWarnings } from '../validation/pod-warnings.ts';
import { validatePodTemplateSpec } from '../validation/pod.ts';
import { podNameWarnings, validateLastingTemplate } from '../validation/workloads.ts';
import { defineKind, keep, withMeta } from './define.ts';
import { validateReplicaCounts } from './replica-set.ts';

const specPath = new Path('spec');
const templatePath = specPath.child('template');

/** The template's labels serve as selector and labels where there are none. */
function defaultLabels(controller: ReplicationController): ReplicationController {
  const labels = controller.spec?.template?.metadata?.labels;
  if (labels === undefined) return controller;
  const selector = Object.keys(controller.spec?.selector ?? {}).length > 0 ? controller.spec?.selector : labels;
  const selected = change(controller, 'spec', (spec) => (spec.selector === selector ? spec : { ...spec, selector }));
  return Object.keys(controller.metadata.labels ?? {}).length > 0 ? selected : withMeta(selected, { labels });
}

function validateSpec(spec: ReplicationControllerSpec, errors: Errors): void {
  nonNegative(spec.minReadySeconds, specPath.child('minReadySeconds'), errors);
  const selector = spec.selector ?? {};
  const isEmpty = Object.keys(selector).length === 0;
  if (isEmpty) errors.required(specPath.child('selector'));
  if (spec.replicas === undefined) errors.required(specPath.child('replicas'));
  else nonNegative(spec.replicas, specPath.child('replicas'), errors);
  const { template } = spec;
  if (template === undefined) {
    errors.required(templatePath);
    return;
  }
  const labels = template.metadata?.labels;
  if (!isEmpty && !matchesSelector(selectorOfLabels(selector), labels)) {
    errors.invalid(templatePath.child('metadata').child('labels'), labels === undefined ? null : sortedMap(labels), '`selector` does not match template `labels`');
  }
  validatePodTemplateSpec(template, templatePath, errors);
  validateLastingTemplate(template, 'ReplicationController', templatePath, errors);
}

const counts = ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'];

export const replicationControllerKind = defineKind<ReplicationController>({
  group: '', version: 'v1', kind: 'ReplicationController', plural: 'replicationcontrollers', shortNames: ['rc'], categories: ['all'], namespaced: true,
  subresources: ['scale', 'status'],
  schema: schemaName('core.v1', 'ReplicationController'),
  defaultPropagation: 'orphan',
  generation: ['spec'],
  // Its rules are declared, and count bytes.
  nameRule: (name, prefix) => subdomainName(name, prefix).map((message) => (message === maxLengthMessage(253) ? maxBytesMessage(253) : message)),
  defaults: (controller) => defaultLabels(change(controller, 'spec', (spec) => change(fill(spec, { replicas: 1 }), 'template', defaultPodTemplate))),
  prepareForCreate: (controller) => ({ ...controller, status: { replicas: 0 } }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: (controller, errors) => validateSpec(controller.spec ?? {}, errors),
  validateUpdate: (next, _old, errors, checks) => {
    checks.metadata();
    validateSpec(next.spec ?? {}, errors);
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: (next, _old, errors, checks) => {
      checks.metadata();
      validateReplicaCounts({ ...next.status }, counts, errors);
    },
  },
  scale: {
    replicas: ({ spec }) => spec?.replicas ?? 0,
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => formatSelector(selectorOfLabels(spec?.selector)),
    withReplicas: (controller, replicas) => change(controller, 'spec', (spec) => ({ ...spec, replicas })),
  },
  warnings: (next, old) => {
    const changed = old === undefined || next.metadata.generation !== old.metadata.generation;
    return [...(old === undefined ? podNameWarnings(next.metadata.name) : []), ...(changed ? templateWarnings((old ?? next).spec?.template, templatePath) : [])];
  },
  selectableFields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name ?? '', spec?.replicas ?? 0, status?.replicas ?? 0, status?.readyReplicas ?? 0, age(metadata.creationTimestamp, nowMs),
    ...containerCells(spec?.template?.spec?.containers), formatLabels(spec?.selector),
  ],
});
