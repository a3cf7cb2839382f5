import { notSimulated } from '../../api/kinds/not-simulated.ts';
import type { AdmissionPlugin } from './plugin.ts';
import { forbid } from './plugin.ts';

const reasons = new Map(notSimulated.map(({ kind: { group, plural }, why }) => [`${plural}.${group}`, why]));

/** Refuses objects that nobody would heed, and says so instead of pretending. */
export const notSimulatedKinds: AdmissionPlugin = {
  name: 'NotSimulated',
  resources: [...reasons.keys()],
  operations: ['CREATE', 'UPDATE'],
  admit(object, attributes) {
    const { group, resource } = attributes.call.request;
    return forbid(attributes, object, reasons.get(`${resource}.${group}`) ?? 'it is not simulated');
  },
};
