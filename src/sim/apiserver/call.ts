import type { ActorId } from '../kernel/actor.ts';
import type { ApiRequest, Stage, StageOutcome } from './messages.ts';
import type { Resource } from './scheme.ts';
import type { GroupResource } from './status.ts';

/** Who asks, as authentication (and impersonation) found it. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/**
 * One request on its way through the pipeline. It is changed only while a message is received; what waits for etcd
 * keeps it as it was, and goes on with a copy.
 */
export interface Call {
  readonly request: ApiRequest;
  /** Who gets the answer; '' when the server asks itself. */
  readonly client: ActorId;
  /** The waiting operation of this server that the result is for; 0: none. */
  readonly parent: number;
  readonly receivedUs: number;
  /** How often it has been put off. */
  readonly tries: number;
  user: User;
  /** Set once routing found it. */
  resource: Resource | undefined;
  /** The stage that is at work. */
  stage: Stage;
  stages: StageOutcome[];
  warnings: readonly string[];
  /** What routing warned of: said whatever becomes of the request. */
  routeWarnings: readonly string[];
}

export const NOBODY: User = { name: '', groups: [], uid: '', extra: {} };
const NO_WARNINGS: readonly string[] = [];

export function newCall(request: ApiRequest, client: ActorId, nowUs: number): Call {
  return {
    request, client, parent: 0, receivedUs: nowUs, tries: 0, user: NOBODY, resource: undefined, stage: 'authentication', stages: [], warnings: NO_WARNINGS,
    routeWarnings: NO_WARNINGS,
  };
}

/** A request that the server makes itself on behalf of a call: it has passed the handler chain already. */
export function subCall(of: Call, request: ApiRequest, parent: number, resource: Resource): Call {
  return {
    request, client: '', parent, receivedUs: of.receivedUs, tries: 0, user: of.user, resource, stage: 'decode', stages: [], warnings: NO_WARNINGS,
    routeWarnings: NO_WARNINGS,
  };
}

/** The call to go on with: what waits for etcd keeps its own list of stages. */
export function resumed(call: Call): Call {
  return { ...call, stages: [...call.stages] };
}

/** The same call at the moment before it touches the object: for another attempt. */
export function again(call: Call): Call {
  return { ...call, stages: call.stages.filter(({ stage }) => chainStages.has(stage)), warnings: call.routeWarnings };
}

const chainStages: ReadonlySet<Stage> = new Set<Stage>(['authentication', 'audit', 'impersonation', 'priorityAndFairness', 'authorization']);

export function record(call: Call, outcome: StageOutcome): void {
  call.stages.push(outcome);
}

const CONTROL = /\p{Cc}/u;

/** Each warning once; a header cannot carry one with a line break, and so nobody hears of it. */
export function warn(call: Call, warnings: readonly string[]): void {
  if (warnings.length > 0) call.warnings = [...new Set([...call.warnings, ...warnings])].filter((text) => !CONTROL.test(text));
}

export function resourceOf(call: Call): Resource {
  if (!call.resource) throw new Error('routing has not happened');
  return call.resource;
}

/** How the request's own errors name the resource. */
export function subjectOf(call: Call): GroupResource {
  return call.request;
}
