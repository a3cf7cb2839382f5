// All containers of a pod with their paths, in the order in which the real helpers visit them.
import type { Container, EphemeralContainer, PodSpec } from '../generated/types.ts';
import type { Path } from './field.ts';

export function visitContainers(spec: PodSpec, path: Path, visit: (container: Container | EphemeralContainer, at: Path) => void): void {
  spec.initContainers?.forEach((container, i) => visit(container, path.child('initContainers').index(i)));
  spec.containers?.forEach((container, i) => visit(container, path.child('containers').index(i)));
  spec.ephemeralContainers?.forEach((container, i) => visit(container, path.child('ephemeralContainers').index(i)));
}
