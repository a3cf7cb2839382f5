// Where policies and their bindings are kept.
export const POLICIES = 'validatingadmissionpolicies.admissionregistration.k8s.io';
export const BINDINGS = 'validatingadmissionpolicybindings.admissionregistration.k8s.io';
/** Group of everything that configures admission. */
export const REGISTRATION = 'admissionregistration.k8s.io';
