import { beforeAll, expect, test } from 'vitest';
import type { RequestExplanation } from '../sim/apiserver/messages.ts';
import { WorldHost } from './host.ts';
import { FLAG } from './protocol.ts';
import type { ExplainAnswer, Marks, Update } from './protocol.ts';

let host: WorldHost;
let marks: readonly Marks[];

/** The newest message with that label. */
function messageOf(label: string, flags = 0): number {
  for (const each of marks.toReversed()) {
    for (let i = each.count - 1; i >= 0; i--) if (each.labels[each.label[i] ?? 0] === label && ((each.flags[i] ?? 0) & FLAG.response) === flags) return each.id[i] ?? 0;
  }
  throw new Error(`no message ${label}`);
}

function explain(messageId: number, detail = false): ExplainAnswer {
  const reply = host.handle({ type: 'query', query: { type: 'explain', messageId, detail } });
  if (reply.type !== 'explain') throw new Error(`answered with ${reply.type}`);
  return structuredClone(reply);
}

const stagesOf = (answer: ExplainAnswer): RequestExplanation['stages'] => answer.explanations.flatMap((each) => (each.about === 'request' ? (each as RequestExplanation).stages : []));

beforeAll(() => {
  host = new WorldHost({ seed: 1, nodes: [{ name: 'node-1', cpu: '4', memory: '8Gi', pods: 110, zone: 'a' }], options: {} });
  const text = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: "nginx:1.29"}]}}\n';
  const replies = [
    host.handle({ type: 'input', input: { type: 'kubectl', args: ['apply', '-f', 'web.yaml'], files: [{ name: 'web.yaml', text }] } }),
    host.handle({ type: 'step', granularity: 'quiet', background: false, horizonUs: 60_000_000 }),
  ];
  marks = replies.filter((reply): reply is Update => reply.type === 'update').map((reply) => reply.marks);
});

test('a request is followed into etcd, to everybody who watches, and back to its sender', () => {
  const { request } = explain(messageOf('POST pods'));
  const key = `/registry/pods/default/${request?.after?.metadata.name ?? ''}`;
  expect(request).toMatchObject({ verb: 'create', resource: 'pods', before: undefined, answer: { code: 201 } });
  expect(request?.transactions).toMatchObject([{ compares: [`mod(${key}) = 0`], operations: [`put ${key}`], succeeded: true }]);
  expect(request?.told.map(({ to, event }) => `${event} ${to}`).toSorted()).toEqual(['ADDED kube-controller-manager', 'ADDED kube-scheduler']);
});

test('its answer tells the same story', () => {
  const { request } = explain(messageOf('POST pods'));
  expect(explain(request?.answer?.messageId ?? 0).request).toEqual(request);
});

test('so do its way into etcd, what etcd said, and what watchers were told', () => {
  const story = explain(messageOf('POST pods'));
  const { request } = story;
  const steps = [request?.transactions[0]?.messageId ?? 0, ...(request?.told.map(({ messageId }) => messageId) ?? [])];
  expect(steps).toHaveLength(3);
  for (const id of steps) {
    const answer = explain(id);
    expect(answer.request).toEqual(request);
    expect(stagesOf(answer)).toEqual(stagesOf(story));
  }
});

test('who asked, which rule allowed it, and what each admission plugin changed', () => {
  const id = messageOf('POST pods');
  // Only who looks closely pays for it.
  expect(stagesOf(explain(id)).some(({ steps }) => steps)).toBe(false);
  const stages = stagesOf(explain(id, true));
  const named = (name: string) => stages.find(({ stage }) => stage === name);
  expect(named('authentication')?.code).toBe('bearerToken');
  expect(named('authentication')?.params).toMatchObject({ user: 'system:serviceaccount:kube-system:replicaset-controller', groups: expect.stringContaining('system:serviceaccounts') as string });
  expect(named('authorization')).toMatchObject({
    code: 'allowedByRole',
    params: { reason: expect.stringContaining('ClusterRole "system:controller:replicaset-controller"') as string, rule: 'verbs: [create, delete, list, patch, watch], apiGroups: [""], resources: [pods]' },
  });
  expect(named('mutatingAdmission')?.steps?.map(({ plugin }) => plugin)).toEqual(['ServiceAccount', 'Priority', 'DefaultTolerationSeconds']);
  expect(named('etcd')).toMatchObject({ code: 'committed', params: { revision: explain(id).request?.transactions[0]?.revision } });
});

test('a change has the object before and after; a call on a node belongs to no request', () => {
  const { request } = explain(messageOf('PATCH pods/status'));
  expect([request?.before?.kind, request?.after?.kind, request?.sent]).toEqual(['Pod', 'Pod', undefined]);
  expect(explain(messageOf('RunPodSandbox')).request).toBeUndefined();
});
