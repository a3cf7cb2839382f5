import type { AdmissionPlugin } from './plugin.ts';
import { forbid } from './plugin.ts';

/** Webhooks are outside programs, which a simulated API server cannot call; it says so instead of pretending. */
export const webhooks: AdmissionPlugin = {
  name: 'Webhooks',
  resources: ['mutatingwebhookconfigurations.admissionregistration.k8s.io', 'validatingwebhookconfigurations.admissionregistration.k8s.io'],
  operations: ['CREATE', 'UPDATE'],
  admit(object, attributes) {
    return forbid(attributes, object, 'admission webhooks cannot be called from this simulated API server; use a ValidatingAdmissionPolicy instead');
  },
};
