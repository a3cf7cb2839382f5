// AppArmor profiles in the old annotations, which the server copies into their fields (models applyAppArmorVersionSkew).
import type { AppArmorProfile, Container, Pod, PodSpec } from '../generated/types.ts';
import { change, each } from '../defaults/fill.ts';
import { metadataPath } from '../validation/metadata.ts';
import { appArmorPrefix } from '../validation/pod.ts';
import { equal } from './define.ts';

const annotationsPath = metadataPath.child('annotations');
const maxProfileLength = 4095;

function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  const name = annotation.startsWith('localhost/') ? annotation.slice('localhost/'.length) : '';
  return name === '' || name.trim() !== name || name.length > maxProfileLength ? undefined : { type: 'Localhost', localhostProfile: name };
}

function hasAnnotations(pod: Pod): boolean {
  for (const key in pod.metadata.annotations) if (key.startsWith(appArmorPrefix)) return pod.spec?.os?.name !== 'windows';
  return false;
}

/** With the fields that the annotations stand for. */
export function withAppArmorFields(pod: Pod): Pod {
  if (!hasAnnotations(pod)) return pod;
  const own = pod.spec?.securityContext?.appArmorProfile;
  const withField = (container: Container): Container => {
    const annotation = pod.metadata.annotations?.[appArmorPrefix + container.name];
    if (annotation === undefined || container.securityContext?.appArmorProfile !== undefined) return container;
    const profile = profileOf(annotation);
    return profile === undefined || equal(profile, own) ? container : { ...container, securityContext: { ...container.securityContext, appArmorProfile: profile } };
  };
  return change(pod, 'spec', (spec) => change(change(spec, 'containers', (list) => each(list, withField)), 'initContainers', (list) => each(list, withField)));
}

/** About annotations that no field of the pod itself says. */
export function appArmorWarnings(pod: Pod): readonly string[] {
  if (!hasAnnotations(pod)) return [];
  const spec: PodSpec = pod.spec ?? { containers: [] };
  const own = spec.securityContext?.appArmorProfile;
  return [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ name }) => {
    const key = appArmorPrefix + name;
    const annotation = pod.metadata.annotations?.[key];
    if (annotation === undefined) return [];
    const profile = profileOf(annotation);
    return profile !== undefined && equal(profile, own) ? [] : [annotationsPath.key(key).note('deprecated since v1.30; use the "appArmorProfile" field instead')];
  });
}
