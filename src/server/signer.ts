// Signs the certificates that clients ask for with CertificateSigningRequests, once somebody has approved them (models
// kube-controller-manager's csrsigning for kubernetes.io/kube-apiserver-client). The key of the authority is outside of the world.
import type { CertificateSigningRequest } from '../sim/api/generated/types.ts';
import type { Credentials } from '../sim/apiserver/messages.ts';
import type { Authority } from './pki.ts';
import type { WorldServer } from './world-server.ts';

const SIGNER = 'kubernetes.io/kube-apiserver-client';
/** --cluster-signing-duration. */
const SIGNING_SECONDS = 365 * 86_400;
const CONTROLLER: Credentials = { user: 'system:serviceaccount:kube-system:certificate-controller', groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system'] };
const requests = { group: 'certificates.k8s.io', version: 'v1', resource: 'certificatesigningrequests', namespace: '', credentials: CONTROLLER, userAgent: 'kube-controller-manager' } as const;

/** Follows the requests of a world from now on. */
export function signRequests(world: WorldServer, authority: Authority): void {
  world.send({ ...requests, type: 'api-request', verb: 'watch', subresource: '', name: '', options: {}, patchType: undefined, body: undefined }, (output) => {
    if (output.type === 'watch-end') setImmediate(() => signRequests(world, authority));
    // The world is in the middle of a step.
    else if (output.type === 'watch-event' && output.event !== 'DELETED') setImmediate(() => void signIfApproved(world, authority, output.object as CertificateSigningRequest));
  });
}

async function signIfApproved(world: WorldServer, authority: Authority, request: CertificateSigningRequest): Promise<void> {
  const { metadata, spec, status } = request;
  const has = (type: string): boolean => status?.conditions?.some((condition) => condition.type === type) ?? false;
  if (spec?.signerName !== SIGNER || !has('Approved') || has('Denied') || has('Failed') || status?.certificate !== undefined) return;
  const text = Buffer.from(spec.request, 'base64').toString('utf8');
  const change = await authority.sign(text, Math.min(spec.expirationSeconds ?? SIGNING_SECONDS, SIGNING_SECONDS)).then(
    (certificate) => ({ certificate: Buffer.from(certificate).toString('base64') }),
    (error: unknown) => ({ conditions: [...status?.conditions ?? [], { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: error instanceof Error ? error.message : String(error) }] }),
  );
  world.send({ ...requests, type: 'api-request', verb: 'update', subresource: 'status', name: metadata.name ?? '', options: {}, patchType: undefined, body: { ...request, status: { ...status, ...change } } }, () => undefined);
}
