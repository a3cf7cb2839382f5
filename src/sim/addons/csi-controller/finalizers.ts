// Finalizers are changed on what the API server has now, not on what a cache remembers: others change them too.
import type { GroupVersionResource } from '../../api/meta.ts';
import { getRequest, patchRequest } from '../../client/requests.ts';
import { FlowError } from './flow.ts';
import type { Flow } from './flow.ts';

const ATTEMPTS = 5;

/** Reads, changes and patches with the resourceVersion read, again on conflict. An object that is gone is fine. Throws FlowError. */
export function changeFinalizers(flow: Flow, gvr: GroupVersionResource, name: string, change: (finalizers: readonly string[]) => readonly string[]): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { code, body } = flow.api(getRequest(gvr, '', name));
    if (code === 404) return;
    if (code !== 200) break;
    const { finalizers: before = [], resourceVersion } = body.metadata;
    const finalizers = change(before);
    if (finalizers.length === before.length) return;
    const patched = flow.api(patchRequest(gvr, '', name, 'merge', { metadata: { resourceVersion, finalizers } }));
    if (patched.code === 200 || patched.code === 404) return;
    if (patched.code !== 409) break;
  }
  throw new FlowError(`failed to change the finalizers of ${gvr.resource} ${name}`);
}
