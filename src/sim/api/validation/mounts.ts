// Volume mounts and block devices of containers.
import type { Container, Volume, VolumeDevice, VolumeMount } from '../generated/types.ts';
import type { Errors, Path } from './field.ts';
import { localDescendingPath } from './paths.ts';

const propagations = ['Bidirectional', 'HostToContainer', 'None'];
const recursiveModes = ['Disabled', 'Enabled', 'IfPossible'];

function validatePropagation(mount: VolumeMount, container: Container, path: Path, errors: Errors): void {
  const mode = mount.mountPropagation;
  if (mode === undefined) return;
  if (!propagations.includes(mode)) errors.notSupported(path, mode, propagations);
  if (mode === 'Bidirectional' && container.securityContext?.privileged !== true) errors.forbidden(path, 'Bidirectional mount propagation is available only to privileged containers');
}

function validateRecursiveReadOnly(mount: VolumeMount, path: Path, errors: Errors): void {
  const mode = mount.recursiveReadOnly;
  if (mode === undefined || mode === 'Disabled') return;
  if (!recursiveModes.includes(mode)) {
    errors.notSupported(path, mode, recursiveModes);
    return;
  }
  if (mount.readOnly !== true) errors.forbidden(path, 'may only be specified when readOnly is true');
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== 'None') errors.forbidden(path, 'may only be specified when mountPropagation is None or not specified');
}

export function validateMounts(container: Container, volumes: ReadonlyMap<string, Volume>, path: Path, errors: Errors): void {
  const mounts = container.volumeMounts ?? [];
  const devices = container.volumeDevices ?? [];
  const seen = new Set<string>();
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as VolumeMount;
    const at = path.index(i);
    if (mount.name === '') errors.required(at.child('name'));
    if (!volumes.has(mount.name)) errors.notFound(at.child('name'), mount.name);
    if (mount.mountPath === '') errors.required(at.child('mountPath'));
    if (seen.has(mount.mountPath)) errors.invalid(at.child('mountPath'), mount.mountPath, 'must be unique');
    seen.add(mount.mountPath);
    if (devices.some((device) => device.name === mount.name)) errors.invalid(at.child('name'), mount.name, 'must not already exist in volumeDevices');
    if (devices.some((device) => device.devicePath === mount.mountPath)) errors.invalid(at.child('mountPath'), mount.mountPath, 'must not already exist as a path in volumeDevices');
    if (mount.subPath) localDescendingPath(mount.subPath, path.child('subPath'), errors);
    if (mount.subPathExpr) {
      if (mount.subPath) errors.invalid(at.child('subPathExpr'), mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive');
      localDescendingPath(mount.subPathExpr, path.child('subPathExpr'), errors);
    }
    validatePropagation(mount, container, path.child('mountPropagation'), errors);
    validateRecursiveReadOnly(mount, path.child('recursiveReadOnly'), errors);
  }
}

export function validateDevices(container: Container, volumes: ReadonlyMap<string, Volume>, path: Path, errors: Errors): void {
  const mounts = container.volumeMounts ?? [];
  const paths = new Set<string>();
  const names = new Set<string>();
  (container.volumeDevices ?? []).forEach((device: VolumeDevice, i) => {
    const at = path.index(i);
    const { name, devicePath } = device;
    const volume = volumes.get(name);
    if (name === '') errors.required(at.child('name'));
    if (names.has(name)) errors.invalid(at.child('name'), name, 'must be unique');
    if (volume === undefined) errors.notFound(at.child('name'), name);
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) errors.invalid(at.child('name'), name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode');
    if (devicePath === '') errors.required(at.child('devicePath'));
    if (paths.has(devicePath)) errors.invalid(at.child('devicePath'), devicePath, 'must be unique');
    if (devicePath.split('/').includes('..')) errors.invalid(at.child('devicePath'), devicePath, "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounts.some((mount) => mount.name === name)) errors.invalid(at.child('name'), name, 'must not already exist in volumeMounts');
    if (mounts.some((mount) => mount.mountPath === devicePath)) errors.invalid(at.child('devicePath'), devicePath, 'must not already exist as a path in volumeMounts');
    if (name !== '') names.add(name);
  });
}
