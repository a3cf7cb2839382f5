// Going back to an earlier revision on the server (models rollback.go): asked for by an annotation since the field
// spec.rollbackTo is no longer part of apps/v1.
import type { Deployment, ReplicaSet } from '../../api/generated/types.ts';
import { DEPLOYMENTS } from '../../api/resources.ts';
import { updateRequest } from '../../client/requests.ts';
import type { EventDraft } from '../controller.ts';
import type { Outcome } from '../steps.ts';
import { ROLLBACK_TO, annotationsFrom, withAnnotations } from './annotations.ts';
import { TEMPLATE_HASH, lastRevision, parseInteger, revisionOf, sameTemplate } from './replica-sets.ts';
import { syncRevision } from './revision.ts';
import type { Sync } from './sync-state.ts';

/** The revision to go back to (0: the last one); undefined when nobody asked. */
export function rollbackRevision(deployment: Deployment): number | undefined {
  const value = deployment.metadata.annotations?.[ROLLBACK_TO];
  return value === undefined || value === '' ? undefined : parseInteger(value);
}

export function rollBack(sync: Sync, owned: readonly ReplicaSet[], wanted: number): Outcome {
  const { current, old } = syncRevision(sync, owned, true);
  const all = current ? [...old, current] : old;
  const revision = wanted === 0 ? lastRevision(all) : wanted;
  if (revision === 0) return giveUp(sync, 'DeploymentRollbackRevisionNotFound', 'Unable to find last revision.');
  const target = all.find((replicaSet) => revisionOf(replicaSet) === revision);
  if (!target) return giveUp(sync, 'DeploymentRollbackRevisionNotFound', 'Unable to find the revision to rollback to.');
  const { name } = sync.deployment.metadata;
  if (sameTemplate(sync.deployment.spec?.template, target.spec?.template)) {
    return giveUp(sync, 'DeploymentRollbackTemplateUnchanged', `The rollback revision contains the same template as current deployment "${name}"`);
  }
  sync.deployment = withAnnotations(withTemplateOf(sync.deployment, target), annotationsFrom(sync.deployment, target));
  update(sync);
  tell(sync, 'Normal', 'DeploymentRollback', `Rolled back deployment "${name}" to revision ${revision}`);
  return {};
}

function withTemplateOf(deployment: Deployment, { spec }: ReplicaSet): Deployment {
  if (!deployment.spec || !spec?.template) return deployment;
  const labels = { ...spec.template.metadata?.labels };
  delete labels[TEMPLATE_HASH];
  return { ...deployment, spec: { ...deployment.spec, template: { ...spec.template, metadata: { ...spec.template.metadata, labels } } } };
}

function giveUp(sync: Sync, reason: string, message: string): Outcome {
  tell(sync, 'Warning', reason, message);
  update(sync);
  return {};
}

function tell(sync: Sync, type: EventDraft['type'], reason: string, message: string): void {
  sync.steps.event({ about: sync.deployment, type, reason, message });
}

/** Writes the Deployment with the request for a rollback taken away. */
function update(sync: Sync): void {
  const annotations = { ...sync.deployment.metadata.annotations };
  delete annotations[ROLLBACK_TO];
  sync.deployment = withAnnotations(sync.deployment, annotations);
  sync.steps.action('rollBack', {});
  sync.steps.write({ purpose: 'rollBack', spec: updateRequest(DEPLOYMENTS, sync.deployment) });
}
