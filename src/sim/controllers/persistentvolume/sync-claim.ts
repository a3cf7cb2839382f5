// One claim: find it a volume, have one made, or say what it waits for (models pv_controller.go syncClaim).
import type { PersistentVolumeClaim, Pod, StorageClass } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import { SyncError } from '../steps.ts';
import { bind, loseClaim, saveClaim, setClaimPhase } from './binder.ts';
import type { Work } from './binder.ts';
import {
  BETA_STORAGE_PROVISIONER, BIND_COMPLETED, BOUND_BY_CONTROLLER, claimClass, defaultClass, delaysBinding, findVolume, hasAnnotation,
  hasSelectedNode, isBoundTo, mismatch, STORAGE_PROVISIONER, withAnnotations,
} from './claims.ts';

export function syncClaim(work: Work, claim: PersistentVolumeClaim): void {
  if (hasAnnotation(claim, BIND_COMPLETED)) syncBoundClaim(work, claim);
  else if ((claim.spec?.volumeName ?? '') === '') syncUnboundClaim(work, claim);
  else syncNamedVolume(work, claim, claim.spec?.volumeName ?? '');
}

function syncUnboundClaim(work: Work, claim: PersistentVolumeClaim): void {
  const { steps, state, scope } = work;
  const delayed = steps.remember(() => delaysBinding(claim, scope.informer('storageclasses')));
  const volume = steps.remember(() => findVolume(claim, state.volumes.values(), delayed));
  if (volume) {
    bind(work, volume, claim);
    return;
  }
  if (claim.spec?.storageClassName === undefined && claimClass(claim) === '') {
    const chosen = steps.remember(() => defaultClass(scope.informer('storageclasses'))?.metadata.name);
    if (chosen !== undefined) {
      steps.action('setDefaultClass', { claim: claim.metadata.name ?? '', class: chosen });
      saveClaim(work, { ...claim, spec: { ...claim.spec, storageClassName: chosen } }, 'setDefaultClass');
      return;
    }
  }
  if (delayed && !hasSelectedNode(claim)) waitForPod(work, claim);
  else if (claimClass(claim) !== '') {
    provision(work, claim);
    return;
  } else steps.event({ about: claim, type: 'Normal', reason: 'FailedBinding', message: 'no persistent volumes available for this claim and no storage class is set' });
  setClaimPhase(work, claim, 'Pending');
}

function waitForPod({ steps, scope }: Work, claim: PersistentVolumeClaim): void {
  const pods = steps.remember(() => [...scope.informer('pods').byIndex('claim', keyOf(claim))]
    .filter((pod) => ((pod as Pod).spec?.nodeName ?? '') === '').map((pod) => pod.metadata.name ?? '').toSorted());
  const [only] = pods;
  if (only === undefined) steps.event({ about: claim, type: 'Normal', reason: 'WaitForFirstConsumer', message: 'waiting for first consumer to be created before binding' });
  else steps.event({ about: claim, type: 'Normal', reason: 'WaitForPodScheduled', message: `waiting for ${pods.length === 1 ? `pod ${only}` : `pods ${pods.join(',')}`} to be scheduled` });
}

/** Leaves the work to an external provisioner: the annotation tells it that this claim is for it. */
function provision(work: Work, claim: PersistentVolumeClaim): void {
  const { steps, scope } = work;
  if (scope.option('enable-dynamic-provisioning') === 0) return;
  const name = claimClass(claim);
  const storageClass = steps.remember(() => scope.informer('storageclasses').get(name) as StorageClass | undefined);
  const provisioner = storageClass?.provisioner ?? '';
  // In-tree provisioners are gone: what calls itself one cannot provision.
  if (!storageClass || provisioner.startsWith('kubernetes.io/')) {
    const message = storageClass ? `no volume plugin matched name: ${provisioner}` : `storageclass.storage.k8s.io "${name}" not found`;
    steps.event({ about: claim, type: 'Warning', reason: 'ProvisioningFailed', message });
    return;
  }
  let asked = claim;
  if (claim.metadata.annotations?.[STORAGE_PROVISIONER] !== provisioner) {
    steps.action('requestProvisioning', { claim: claim.metadata.name ?? '', provisioner });
    asked = saveClaim(work, withAnnotations(claim, { [BETA_STORAGE_PROVISIONER]: provisioner, [STORAGE_PROVISIONER]: provisioner }), 'setProvisioner');
  }
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. `
    + 'If volume creation is delayed, please verify that the provisioner is running and correctly registered.';
  steps.event({ about: asked, type: 'Normal', reason: 'ExternalProvisioning', message });
}

/** The user asks for one particular volume. */
function syncNamedVolume(work: Work, claim: PersistentVolumeClaim, name: string): void {
  const { steps, state } = work;
  const volume = steps.remember(() => state.volumes.get(name));
  if (!volume) {
    setClaimPhase(work, claim, 'Pending');
    return;
  }
  const free = volume.spec?.claimRef === undefined;
  const problem = free ? mismatch(volume, claim) : undefined;
  if (problem !== undefined) {
    steps.event({ about: claim, type: 'Warning', reason: 'VolumeMismatch', message: `Cannot bind to requested volume "${name}": ${problem}` });
    setClaimPhase(work, claim, 'Pending');
  } else if (free || isBoundTo(volume, claim)) bind(work, volume, claim);
  else {
    steps.event({ about: claim, type: 'Warning', reason: 'FailedBinding', message: `volume "${name}" already bound to a different claim.` });
    if (!hasAnnotation(claim, BOUND_BY_CONTROLLER)) setClaimPhase(work, claim, 'Pending');
    else {
      const { namespace, name: other } = volume.spec?.claimRef ?? {};
      throw new SyncError(`invalid binding of claim "${keyOf(claim)}" to volume "${name}": volume already claimed by "${namespace}/${other}"`);
    }
  }
}

function syncBoundClaim(work: Work, claim: PersistentVolumeClaim): void {
  const { steps, state } = work;
  const name = claim.spec?.volumeName ?? '';
  if (name === '') {
    loseClaim(work, claim, 'ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
    return;
  }
  const volume = steps.remember(() => state.volumes.get(name));
  if (!volume) loseClaim(work, claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  else if (volume.spec?.claimRef === undefined || volume.spec.claimRef.uid === claim.metadata.uid) bind(work, volume, claim);
  else loseClaim(work, claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
}
