import type { Ingress } from '../../api/generated/types.ts';
import { newestDefault } from './default-class.ts';
import type { AdmissionPlugin } from './plugin.ts';

const OLD_ANNOTATION = 'kubernetes.io/ingress.class';
const IS_DEFAULT = ['ingressclass.kubernetes.io/is-default-class'];

/** Models DefaultIngressClass: an Ingress that names no class gets the default one; of several the newest. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  resources: ['ingresses.networking.k8s.io'],
  operations: ['CREATE'],
  admit(object, attributes) {
    const ingress = object as Ingress;
    if (ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.[OLD_ANNOTATION] !== undefined) return ingress;
    const ingressClassName = newestDefault(attributes, 'ingressclasses.networking.k8s.io', IS_DEFAULT);
    return ingressClassName === undefined ? ingress : { ...ingress, spec: { ...ingress.spec, ingressClassName } };
  },
};
