import { record } from '../call.ts';
import type { Call, User } from '../call.ts';
import type { ApiRequest, StageOutcome } from '../messages.ts';

function level(flowSchema: string, priorityLevel: string): StageOutcome {
  return { stage: 'priorityAndFairness', outcome: 'passed', code: 'dispatched', params: { flowSchema, priorityLevel } };
}

const EXEMPT = level('exempt', 'exempt');
const NODE_HIGH = level('system-node-high', 'node-high');
const NODES = level('system-nodes', 'system');
const LEADER_ELECTION = level('system-leader-election', 'leader-election');
const CONTROLLER_MANAGER = level('kube-controller-manager', 'workload-high');
const SCHEDULER = level('kube-scheduler', 'workload-high');
const SYSTEM_ACCOUNTS = level('kube-system-service-accounts', 'workload-high');
const SERVICE_ACCOUNTS = level('service-accounts', 'workload-low');
const GLOBAL_DEFAULT = level('global-default', 'global-default');
const CATCH_ALL = level('catch-all', 'catch-all');

/**
 * Assigns the request to a priority level as the default FlowSchemas do. A level's seats are not counted: they are so
 * many (600 in all) that no scenario here fills them, so nothing ever waits in this stage.
 */
export function priorityAndFairness(call: Call): void {
  record(call, outcomeFor(call.user, call.request));
}

function outcomeFor(user: User, request: ApiRequest): StageOutcome {
  if (user.groups.includes('system:masters')) return EXEMPT;
  if (user.groups.includes('system:nodes')) return request.resource === 'leases' || (request.resource === 'nodes' && request.subresource !== '') ? NODE_HIGH : NODES;
  if (request.resource === 'leases' && (user.name === 'system:kube-controller-manager' || user.name === 'system:kube-scheduler')) return LEADER_ELECTION;
  if (user.name === 'system:kube-controller-manager') return CONTROLLER_MANAGER;
  if (user.name === 'system:kube-scheduler') return SCHEDULER;
  if (user.groups.includes('system:serviceaccounts:kube-system')) return SYSTEM_ACCOUNTS;
  if (user.groups.includes('system:serviceaccounts')) return SERVICE_ACCOUNTS;
  return user.groups.includes('system:authenticated') || user.groups.includes('system:unauthenticated') ? GLOBAL_DEFAULT : CATCH_ALL;
}
