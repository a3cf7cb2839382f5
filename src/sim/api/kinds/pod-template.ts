// PodTemplates (models pkg/registry/core/podtemplate).
import type { PodTemplate } from '../generated/types.ts';
import { change } from '../defaults/fill.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { containerCells, formatLabels } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { Path } from '../validation/field.ts';
import { subdomainName } from '../validation/names.ts';
import { templateWarnings } from '../validation/pod-warnings.ts';
import { validatePodTemplateSpec } from '../validation/pod.ts';
import { defineKind } from './define.ts';

const templatePath = new Path('template');

export const podTemplateKind = defineKind<PodTemplate>({
  group: '', version: 'v1', kind: 'PodTemplate', plural: 'podtemplates', namespaced: true,
  schema: schemaName('core.v1', 'PodTemplate'),
  generation: ['template'],
  nameRule: subdomainName,
  defaults: (object) => change(object, 'template', defaultPodTemplate),
  validate: ({ template }, errors) => validatePodTemplateSpec(template ?? {}, templatePath, errors),
  validateUpdate: ({ template }, _old, errors, checks) => {
    checks.metadata();
    validatePodTemplateSpec(template ?? {}, templatePath, errors);
  },
  warnings: (next, old) => (old === undefined || next.metadata.generation !== old.metadata.generation ? templateWarnings(next.template, templatePath) : []),
  row: ({ metadata, template }) => [metadata.name ?? '', ...containerCells(template?.spec?.containers), formatLabels(template?.metadata?.labels)],
});
