// The FlowSchemas and PriorityLevelConfigurations that every API server makes (models pkg/apis/flowcontrol/bootstrap).
import type { FlowSchemaSpec, FlowcontrolSubject, PolicyRulesWithSubjects, PriorityLevelConfigurationSpec } from '../generated/types.ts';

export interface DefaultFlowSchema { readonly name: string; readonly spec: FlowSchemaSpec }
export interface DefaultPriorityLevel { readonly name: string; readonly spec: PriorityLevelConfigurationSpec }

const group = (name: string): FlowcontrolSubject => ({ kind: 'Group', group: { name } });
const user = (name: string): FlowcontrolSubject => ({ kind: 'User', user: { name } });
const EVERYBODY = [group('system:unauthenticated'), group('system:authenticated')];
const SYSTEM_ACCOUNTS: FlowcontrolSubject = { kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name: '*' } };
const ALL = ['*'];

function resourceRule(verbs: readonly string[], apiGroup: string, resources: readonly string[], clusterScope: boolean): NonNullable<PolicyRulesWithSubjects['resourceRules']>[number] {
  return { verbs, apiGroups: [apiGroup], resources, ...(clusterScope && { clusterScope }), namespaces: ALL };
}

const everything = (subjects: readonly FlowcontrolSubject[]): PolicyRulesWithSubjects =>
  ({ subjects, resourceRules: [resourceRule(ALL, '*', ALL, true)], nonResourceRules: [{ verbs: ALL, nonResourceURLs: ALL }] });

function schema(name: string, level: string, matchingPrecedence: number, distinguishedBy: 'ByUser' | 'ByNamespace' | undefined, rule: PolicyRulesWithSubjects): DefaultFlowSchema {
  return { name, spec: { priorityLevelConfiguration: { name: level }, matchingPrecedence, ...(distinguishedBy && { distinguisherMethod: { type: distinguishedBy } }), rules: [rule] } };
}

function level(name: string, nominalConcurrencyShares: number, lendablePercent: number, queues: number, handSize: number): DefaultPriorityLevel {
  return { name, spec: { type: 'Limited', limited: { nominalConcurrencyShares, limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } }, lendablePercent } } };
}

/** Nobody may change these. */
export const MANDATORY_FLOW_SCHEMAS: readonly DefaultFlowSchema[] = [
  schema('exempt', 'exempt', 1, undefined, everything([group('system:masters')])), schema('catch-all', 'catch-all', 10_000, 'ByUser', everything(EVERYBODY)),
];
export const MANDATORY_PRIORITY_LEVELS: readonly DefaultPriorityLevel[] = [
  { name: 'exempt', spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } } },
  { name: 'catch-all', spec: { type: 'Limited', limited: { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' }, lendablePercent: 0 } } },
];

const LEADERS = { subjects: [user('system:kube-controller-manager'), user('system:kube-scheduler'), SYSTEM_ACCOUNTS], resourceRules: [resourceRule(['get', 'create', 'update'], 'coordination.k8s.io', ['leases'], false)] };
const NODES_HIGH = { subjects: [group('system:nodes')], resourceRules: [resourceRule(ALL, '', ['nodes', 'nodes/status'], true), resourceRule(ALL, 'coordination.k8s.io', ['leases'], false)] };

export const DEFAULT_FLOW_SCHEMAS: readonly DefaultFlowSchema[] = [
  ...MANDATORY_FLOW_SCHEMAS,
  schema('system-nodes', 'system', 500, 'ByUser', everything([group('system:nodes')])),
  schema('system-node-high', 'node-high', 400, 'ByUser', NODES_HIGH),
  schema('probes', 'exempt', 2, undefined, { subjects: EVERYBODY, nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }] }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', LEADERS),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', everything([user('system:kube-controller-manager')])),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', everything([user('system:kube-scheduler')])),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', everything([SYSTEM_ACCOUNTS])),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', everything([group('system:serviceaccounts')])),
  schema('global-default', 'global-default', 9900, 'ByUser', everything(EVERYBODY)),
];
export const DEFAULT_PRIORITY_LEVELS: readonly DefaultPriorityLevel[] = [
  ...MANDATORY_PRIORITY_LEVELS, level('system', 30, 33, 64, 6), level('node-high', 40, 25, 64, 6), level('leader-election', 10, 0, 16, 4), level('workload-high', 40, 50, 128, 6),
  level('workload-low', 100, 90, 128, 6), level('global-default', 20, 50, 128, 6),
];
