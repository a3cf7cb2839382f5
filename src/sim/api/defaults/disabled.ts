// Fields of pods that belong to features which are off by default: the server drops them
// (models pkg/api/pod DropDisabledPodFields with the gates ContainerStopSignals, ClusterTrustBundleProjection,
// PodCertificateRequest and GenericWorkload off).
import type { Container, PodSpec, VolumeProjection } from '../generated/types.ts';
import { change, each, without } from './fill.ts';

function withoutStopSignal(container: Container): Container {
  if (container.lifecycle?.stopSignal === undefined) return container;
  const lifecycle = without(container.lifecycle, 'stopSignal');
  return Object.keys(lifecycle).length === 0 ? without(container, 'lifecycle') : { ...container, lifecycle };
}

function withoutCertificates(projection: VolumeProjection): VolumeProjection {
  return without(without(projection, 'clusterTrustBundle'), 'podCertificate');
}

export function withoutDisabledFields(before: PodSpec): PodSpec {
  let spec = without(before, 'schedulingGroup');
  spec = change(spec, 'containers', (containers) => each(containers, withoutStopSignal));
  spec = change(spec, 'initContainers', (containers) => each(containers, withoutStopSignal));
  return change(spec, 'volumes', (volumes) => each(volumes, (volume) =>
    change(volume, 'projected', (projected) => change(projected, 'sources', (sources) => each(sources, withoutCertificates)))));
}
