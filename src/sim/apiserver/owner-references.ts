// Owners that a client names twice (models handlers.dedupOwnerReferencesAndAddWarning).
import type { ApiObject } from '../api/meta.ts';
import { warn } from './call.ts';
import type { Call } from './call.ts';
import { sameContent, withMeta } from './object.ts';

/** The object with each owner once; the client is told. `admitted`: admission has had its turn. */
export function withOwnersOnce(call: Call, object: ApiObject, admitted: boolean): ApiObject {
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length < 2) return object;
  const once = owners.filter((owner, i) => !owners.slice(0, i).some((other) => other.uid === owner.uid && sameContent(other, owner)));
  if (once.length === owners.length) return object;
  const again = owners.filter((owner) => !once.includes(owner)).map(({ uid }) => uid);
  const when = admitted ? ' after mutating admission happens' : '';
  warn(call, [`.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${again.join(', ')}`]);
  return withMeta(object, { ownerReferences: once });
}
