import type { Namespace } from '../../api/generated/types.ts';
import { resourceOf } from '../call.ts';
import { Refusal, forbidden, notFound } from '../status.ts';
import { forbid, lookUp } from './plugin.ts';
import type { AdmissionPlugin } from './plugin.ts';

const immortal = new Set(['default', 'kube-system', 'kube-public']);
const NAMESPACES = { group: '', resource: 'namespaces' };

/** Models NamespaceLifecycle: nothing is created in namespaces that do not exist or are ending; some may not be deleted. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  resources: ['*'],
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  admit(object, attributes) {
    this.validate?.(object, attributes);
    return object;
  },
  validate(object, attributes) {
    const { call, operation } = attributes;
    const { namespace, name } = call.request;
    if (resourceOf(call).name === 'namespaces') {
      if (operation === 'DELETE' && immortal.has(name)) throw new Refusal(forbidden(NAMESPACES, name, 'this namespace may not be deleted'));
      return;
    }
    if (namespace === '' || operation === 'DELETE') return;
    const found = lookUp(attributes, 'namespaces', '', namespace) as Namespace | undefined;
    if (!found) throw new Refusal(notFound(NAMESPACES, namespace));
    if (operation !== 'CREATE' || found.status?.phase !== 'Terminating') return;
    const cause = { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' };
    forbid(attributes, object, `unable to create new content in namespace ${namespace} because it is being terminated`, [cause]);
  },
};
