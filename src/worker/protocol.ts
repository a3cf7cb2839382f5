// The only language between the page and the worker that holds the world. Everything is plain data; one Update answers
// each command that moves the world, so at most one batch of changes crosses per frame.
import type { JsonObject, Node, Pod } from '../sim/api/generated/types.ts';
import type { ApiObject } from '../sim/api/meta.ts';
import type { StageOutcome, StreamChunk } from '../sim/apiserver/messages.ts';
import type { HttpRequest } from '../sim/apiserver/http/request.ts';
import type { HttpResponse } from '../sim/apiserver/http/present.ts';
import type { MachineSpec } from '../sim/cluster.ts';
import type { Explanation } from '../sim/kernel/actor.ts';
import type { Sent } from '../sim/node/messages.ts';
import type { NodeInspection } from '../sim/node/inspect.ts';
import type { Attempt } from '../sim/scheduler/framework/attempt.ts';
import type { Backoff } from '../sim/scheduler/queue.ts';
import type { FileText, RunOutput } from '../kubectl/messages.ts';

export type { HttpRequest } from '../sim/apiserver/http/request.ts';
export type { Sent } from '../sim/node/messages.ts';
export type { HttpResponse } from '../sim/apiserver/http/present.ts';
export type { FieldProblem, FileText, ObjectDiff, RunOutput } from '../kubectl/messages.ts';

export const PROTOCOL_VERSION = 1;

// ---------------------------------------------------------------- session

/** What a world is made of before the first input. */
export interface WorldConfig {
  readonly seed: number;
  readonly nodes: readonly MachineSpec[];
  /** Real flags by their real names: {'controller-manager.node-monitor-grace-period': '6s'}. */
  readonly options: Readonly<Record<string, string>>;
}

/** What a person does to the world. The session keeps these, not what follows from them. */
export type UserInput =
  | { readonly type: 'kubectl'; readonly args: readonly string[]; readonly files: readonly FileText[] }
  | { readonly type: 'nodeStop' | 'nodeStart' | 'nodeRemove'; readonly node: string }
  | { readonly type: 'nodeAdd'; readonly node: MachineSpec }
  | { readonly type: 'containerKill'; readonly namespace: string; readonly pod: string; readonly container: string }
  | { readonly type: 'link'; readonly a: string; readonly b: string; readonly cut: boolean; readonly factor: number; readonly extraUs: number }
  | { readonly type: 'linkRestore'; readonly a: string; readonly b: string }
  /** A KubeSchedulerConfiguration that takes effect with the next attempt; an invalid one is refused and changes nothing. */
  | { readonly type: 'schedulerConfigure'; readonly yaml: string }
  /** A client outside of the page asks something of the API server; or has gone, by the number of the message that brought its request. */
  | { readonly type: 'request'; readonly http: HttpRequest }
  | { readonly type: 'requestSend'; readonly messageId: number; readonly sent: Sent }
  | { readonly type: 'requestEnd'; readonly messageId: number };

/** An input and the moment it was given: after `position` deliveries, at `atUs`. */
export interface SessionInput { readonly position: number; readonly atUs: number; readonly input: UserInput }

/** All that has to be saved or shared: replaying it gives the same world. */
export interface SavedSession {
  readonly version: 1;
  readonly config: WorldConfig;
  readonly inputs: readonly SessionInput[];
  /** Where the playhead was, and what its clock said. */
  readonly position: number;
  readonly nowUs: number;
}

// ---------------------------------------------------------------- what the page sees

/** How a message is drawn. Refused messages and lost ones carry a flag beside it. */
export type MessageKind = 'write' | 'read' | 'watch' | 'node';

/**
 * Messages that were delivered, as columns, in delivery order. Only foreground ones unless background was asked for.
 * `from` and `to` index Update.actors; `label` indexes `labels`.
 */
export interface Marks {
  readonly count: number;
  readonly id: Float64Array;
  readonly cause: Float64Array;
  /** Deliveries before and including this one: where to seek to see the world just after it. */
  readonly position: Float64Array;
  readonly sentUs: Float64Array;
  readonly deliverUs: Float64Array;
  readonly from: Uint16Array;
  readonly to: Uint16Array;
  /** Index into MESSAGE_KINDS. */
  readonly kind: Uint8Array;
  /** Bits of FLAG. */
  readonly flags: Uint8Array;
  readonly label: Uint16Array;
  readonly labels: readonly string[];
}
export const MESSAGE_KINDS: readonly MessageKind[] = ['write', 'read', 'watch', 'node'];
export const FLAG = { response: 1, refused: 2, lost: 4, background: 8, input: 16, milestone: 32 } as const;

/** The phase a pod is drawn in (kubectl's STATUS column reduced to eight). */
export type PodPhase = 'Pending' | 'Creating' | 'Running' | 'NotReady' | 'Succeeded' | 'Failed' | 'Terminating' | 'Unknown';

export interface PodSummary {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly phase: PodPhase;
  /** What kubectl get pods says: Running, ContainerCreating, CrashLoopBackOff, Init:0/1, … */
  readonly status: string;
  readonly ready: number;
  readonly containers: number;
  readonly restarts: number;
  readonly owner: string;
  readonly ip: string;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

export interface NodeSummary {
  readonly name: string;
  /** Ready=True, False or Unknown. */
  readonly ready: 'True' | 'False' | 'Unknown';
  /** Powered; a stopped node may still be called Ready for a while, and that is worth seeing. */
  readonly up: boolean;
  readonly unschedulable: boolean;
  readonly taints: readonly string[];
  readonly zone: string;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly maxPods: number;
  readonly images: number;
}

/** Any other object, one line of it. */
export interface ObjectSummary {
  /** `deployments.apps/default/web`, as `resource.group/namespace/name`. */
  readonly key: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly owner: string;
  /** `3/3`, `Bound`, … what its table shows first. */
  readonly brief: string;
}

/** What is known about a component at a glance. */
export interface ComponentFacts {
  readonly etcd: { readonly revision: number; readonly keys: number; readonly recent: readonly { readonly key: string; readonly revision: number; readonly type: 'PUT' | 'DELETE' }[] };
  readonly scheduler: { readonly active: readonly string[]; readonly backoff: readonly string[]; readonly unschedulable: readonly string[]; readonly gated: readonly string[]; readonly leading: boolean };
  readonly controllers: readonly { readonly name: string; readonly waiting: number; readonly working: readonly string[]; readonly failures: number }[];
  readonly faults: readonly { readonly a: string; readonly b: string; readonly cut: boolean; readonly factor: number; readonly extraUs: number }[];
}

/** One sentence in codes: `t('narrator.' + code, params)`. */
export interface Narration {
  readonly messageId: number;
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
}

/** What a kubectl command said; exitCode is undefined while it runs. `inputIndex` is the index in Update.inputs. */
export interface CommandOutput extends RunOutput { readonly inputIndex: number }

/** For a client outside of the page, by its connection: an answer, or parts of a stream and at last its end. */
export type TerminalAnswer =
  | { readonly connection: string; readonly type: 'answer'; readonly response: HttpResponse }
  | { readonly connection: string; readonly type: 'line'; readonly text: string; readonly contentType: string }
  | { readonly connection: string; readonly type: 'chunk'; readonly chunk: StreamChunk }
  | { readonly connection: string; readonly type: 'end'; readonly exitCode: number };

/** The answer to every command that moves the world. */
/** What changed in the picture of the cluster since the last report. */
export interface PictureChange {
  /** True after opening, seeking and forking: replace the picture instead of changing it. */
  readonly full: boolean;
  readonly revision: number;
  readonly pods: readonly PodSummary[];
  readonly nodes: readonly NodeSummary[];
  readonly objects: readonly ObjectSummary[];
  /** Keys of pods (`namespace/name`), nodes (`name`) and objects that are gone. */
  readonly removedPods: readonly string[];
  readonly removedNodes: readonly string[];
  readonly removedObjects: readonly string[];
}

export interface Update extends PictureChange {
  readonly type: 'update';
  readonly version: typeof PROTOCOL_VERSION;
  /** Deliveries so far at the playhead, and the furthest known. */
  readonly position: number;
  readonly endPosition: number;
  readonly nowUs: number;
  readonly endUs: number;
  /** Microseconds since 1970 at virtual time 0. */
  readonly epochUs: number;
  /** Everything known after this position is void (a fork); undefined: nothing is. */
  readonly truncateAfter: number | undefined;
  readonly actors: readonly string[];
  /** Messages not reported before. */
  readonly marks: Marks;
  /** Ids of the foreground messages that this command delivered (to be animated); empty if there were too many. */
  readonly beat: readonly number[];
  readonly beatCount: number;
  readonly narration: Narration | undefined;
  readonly facts: ComponentFacts;
  readonly inputs: readonly SessionInput[];
  readonly outputs: readonly CommandOutput[];
  /** Nothing foreground is under way. */
  readonly quiet: boolean;
  /** Only where clients outside of the page have asked something. */
  readonly answers?: readonly TerminalAnswer[];
}

// ---------------------------------------------------------------- commands

export type Granularity = 'message' | 'request' | 'phase' | 'quiet';

export type Command =
  | { readonly type: 'open'; readonly config: WorldConfig; readonly session: SavedSession | undefined }
  | { readonly type: 'input'; readonly input: UserInput }
  /** A request of a client outside of the page, at the newest moment; its answer comes with an update. */
  | { readonly type: 'request'; readonly connection: string; readonly http: HttpRequest }
  /** More on a stream that such a request has opened. */
  | { readonly type: 'send'; readonly connection: string; readonly sent: Sent }
  | { readonly type: 'hangUp'; readonly connection: string }
  /** Forgets the last input and everything after it. */
  | { readonly type: 'undo' }
  /** One step; `background` counts heartbeats too. Gives up after `horizonUs` without anything shown (`quiet`). */
  | { readonly type: 'step'; readonly granularity: Granularity; readonly background: boolean; readonly horizonUs: number }
  | { readonly type: 'stepBack'; readonly granularity: Granularity; readonly background: boolean }
  /** Real-time playing: lets this much virtual time pass, but stops after `maxMessages` foreground messages. */
  | { readonly type: 'advance'; readonly us: number; readonly maxMessages: number }
  | { readonly type: 'seek'; readonly to: { readonly position: number } | { readonly timeUs: number } | { readonly messageId: number } }
  /** Cuts off the known future here, so that another can begin. */
  | { readonly type: 'fork' }
  | { readonly type: 'save' }
  | { readonly type: 'query'; readonly query: Query };

export type Query =
  | { readonly type: 'object'; readonly key: string }
  | { readonly type: 'objectHistory'; readonly key: string }
  /** `detail`: what each admission plugin made of the object too, for which the message is received once more. */
  | { readonly type: 'explain'; readonly messageId: number; readonly detail?: boolean }
  | { readonly type: 'component'; readonly actor: string }
  /** Everything on one node: sandboxes, containers, volumes, addresses. */
  | { readonly type: 'node'; readonly node: string }
  | { readonly type: 'find'; readonly text: string; readonly limit: number }
  /** Runs a kubectl command in a copy of the world from this moment (diff, dry run): the session does not notice. */
  | { readonly type: 'tryOut'; readonly args: readonly string[]; readonly files: readonly FileText[] }
  /** Scheduling attempts of a pod (`namespace/name`), or of all pods when empty, newest first. */
  | { readonly type: 'attempts'; readonly pod: string; readonly limit: number }
  /** The whole table of an attempt. */
  | { readonly type: 'attempt'; readonly messageId: number }
  /** A node as the scheduler knew it when it made that attempt. */
  | { readonly type: 'nodeObject'; readonly messageId: number; readonly node: string }
  /** That attempt again, from the same moment, with something changed: the session does not notice. */
  | { readonly type: 'whatIf'; readonly messageId: number; readonly edits: WhatIfEdits }
  /** Whether a KubeSchedulerConfiguration could be applied. */
  | { readonly type: 'configuration'; readonly yaml: string };

export interface ObjectVersion { readonly revision: number; readonly atUs: number; readonly object: ApiObject | undefined; readonly messageId: number }
export interface RelatedEvent { readonly type: string; readonly reason: string; readonly message: string; readonly count: number; readonly source: string; readonly lastUs: number }

export interface ObjectAnswer {
  readonly type: 'object';
  readonly key: string;
  readonly object: ApiObject | undefined;
  /** What \`kubectl get\` shows of it beside its name and age: Ready, Up-to-date …, or the columns of its definition. */
  readonly cells: readonly { readonly name: string; readonly value: string }[];
  /** From the object up: Pod → ReplicaSet → Deployment. */
  readonly owners: readonly { readonly key: string; readonly kind: string; readonly name: string }[];
  readonly dependents: readonly { readonly key: string; readonly kind: string; readonly name: string }[];
  readonly events: readonly RelatedEvent[];
}
export interface HistoryAnswer { readonly type: 'objectHistory'; readonly key: string; readonly versions: readonly ObjectVersion[]; readonly compacted: boolean }

export interface CauseStep {
  readonly messageId: number;
  readonly position: number;
  readonly from: string;
  readonly to: string;
  readonly atUs: number;
  readonly kind: MessageKind | 'timer' | 'input';
  readonly label: string;
  readonly narration: Narration | undefined;
}
/** Why a message was sent, and the chain from it back to the input that began it. */
export interface ExplainAnswer {
  readonly type: 'explain';
  readonly messageId: number;
  readonly explanations: readonly Explanation[];
  /** For a request: what each stage of the pipeline did. */
  readonly stages: readonly StageOutcome[];
  /** The message that carries the explanations (this one or one of its causes). */
  readonly explainedBy: number;
  readonly causes: readonly CauseStep[];
  readonly effects: readonly CauseStep[];
  readonly body: JsonObject;
  /** For a request and for its answer: what became of it in etcd, and who was told. */
  readonly request: RequestStory | undefined;
}

/** One question or transaction that the API server put to etcd; `revision` and `succeeded` once it was answered. */
export interface EtcdStep {
  readonly messageId: number;
  readonly atUs: number;
  /** `mod(/registry/pods/default/web) = 0`, `put /registry/pods/default/web`. */
  readonly compares: readonly string[];
  readonly operations: readonly string[];
  readonly revision: number | undefined;
  readonly succeeded: boolean | undefined;
}
export interface Told { readonly messageId: number; readonly to: string; readonly event: string; readonly atUs: number }

/** A request from its arrival to the last watcher. Objects as they are in etcd, before and after; `sent` is what the client wrote. */
export interface RequestStory {
  readonly messageId: number;
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly userAgent: string;
  readonly sent: object | undefined;
  readonly before: ApiObject | undefined;
  readonly after: ApiObject | undefined;
  readonly transactions: readonly EtcdStep[];
  readonly told: readonly Told[];
  readonly answer: { readonly messageId: number; readonly code: number; readonly atUs: number } | undefined;
}
/** What a component knows: sizes of caches, queues, own facts as titled lists. */
export interface ComponentAnswer {
  readonly type: 'component';
  readonly actor: string;
  readonly running: boolean;
  readonly informers: readonly { readonly name: string; readonly phase: string; readonly objects: number; readonly resourceVersion: string; readonly keys: readonly string[] }[];
  readonly queues: readonly { readonly name: string; readonly waiting: readonly string[]; readonly working: readonly string[] }[];
  readonly facts: readonly { readonly title: string; readonly rows: readonly (readonly string[])[] }[];
}
export interface NodeAnswer { readonly type: 'node'; readonly node: string; readonly inspection: NodeInspection }
export interface FindAnswer { readonly type: 'find'; readonly matches: readonly { readonly key: string; readonly kind: string; readonly name: string; readonly namespace: string }[] }
export interface TryOutAnswer extends RunOutput { readonly type: 'tryOut' }

// ---------------------------------------------------------------- scheduling attempts

/** One attempt in a line. `later`: it lies after the playhead. */
export interface AttemptSummary {
  readonly messageId: number;
  readonly atUs: number;
  readonly later: boolean;
  readonly pod: string;
  /** Which attempt of the pod it is, from 1. */
  readonly attempts: number;
  /** The name of the event that brought the pod into the queue, as the scheduler's metrics call it. */
  readonly wokenBy: string;
  /** Whether it then waited for its backoff to end, or was taken before that because nothing else waited. */
  readonly backoff: Backoff;
  readonly causedBy: number;
  readonly cause: Narration | undefined;
  readonly outcome: Attempt['outcome'];
  readonly node: string;
  readonly nodes: number;
  readonly feasible: number;
  readonly message: string;
  readonly nominated: string;
  readonly victims: readonly string[];
}
/** Where a pod waits now; `endUs` is when its backoff ends. */
export interface QueuePlace { readonly place: 'active' | 'backoff' | 'unschedulable' | 'gated'; readonly attempts: number; readonly plugins: readonly string[]; readonly endUs: number | undefined }
export interface AttemptsAnswer { readonly type: 'attempts'; readonly pod: string; readonly attempts: readonly AttemptSummary[]; readonly place: QueuePlace | undefined }

export interface AttemptNode { readonly name: string; readonly zone: string; readonly pods: number }
/** An attempt with its whole table, and what it looked at. */
export interface FoundAttempt {
  readonly atUs: number;
  readonly pod: Pod;
  readonly attempt: Attempt;
  readonly attempts: number;
  readonly wokenBy: string;
  readonly backoff: Backoff;
  /** All nodes in the order in which they are looked at. */
  readonly nodes: readonly AttemptNode[];
  /** The profile that served the pod: its Filter plugins in order, and the weights of its scores. */
  readonly profile: string;
  readonly filters: readonly string[];
  readonly weights: Readonly<Record<string, number>>;
}
export interface AttemptAnswer { readonly type: 'attempt'; readonly messageId: number; readonly found: FoundAttempt | undefined }
export interface NodeObjectAnswer { readonly type: 'nodeObject'; readonly messageId: number; readonly node: string; readonly object: Node | undefined }

/** What would be different. Texts are whole objects in YAML; a status that they leave out stays as it was. */
export interface WhatIfEdits {
  readonly pod: string | undefined;
  readonly nodes: readonly { readonly name: string; readonly text: string }[];
  readonly configuration: string | undefined;
  /** Weights of Score plugins; 0 leaves the score out. */
  readonly weights: Readonly<Record<string, number>>;
  /** Plugins that take no part at all. */
  readonly disabled: readonly string[];
}
/** What is wrong with an edit: the field's path (empty: the text as a whole) and the line, 0 if unknown. */
export interface EditProblem { readonly where: 'pod' | 'node' | 'configuration'; readonly name: string; readonly field: string; readonly message: string; readonly line: number }
export interface WhatIfAnswer { readonly type: 'whatIf'; readonly messageId: number; readonly attempt: Attempt | undefined; readonly problems: readonly EditProblem[] }
export interface ConfigurationAnswer { readonly type: 'configuration'; readonly problems: readonly EditProblem[] }

export type Answer = ObjectAnswer | HistoryAnswer | ExplainAnswer | ComponentAnswer | NodeAnswer | FindAnswer | TryOutAnswer
  | AttemptsAnswer | AttemptAnswer | NodeObjectAnswer | WhatIfAnswer | ConfigurationAnswer;

export interface SavedAnswer { readonly type: 'saved'; readonly session: SavedSession }
/** The world could not do it. `what` is a code for i18n. */
export interface Failure { readonly type: 'failure'; readonly what: string; readonly detail: string }

export type Reply = Update | Answer | SavedAnswer | Failure;

/** Sent before anybody listens: the world that will most likely be opened may come up already. It has no answer. */
export interface Prepare { readonly type: 'prepare'; readonly config: WorldConfig }
export interface CommandEnvelope { readonly id: number; readonly command: Command }
export interface ReplyEnvelope { readonly id: number; readonly reply: Reply }
export type FromPage = CommandEnvelope | Prepare;
/** The worker's first word: it holds this lock for as long as it lives. */
export interface LifeSign { readonly type: 'alive'; readonly lock: string }
export type FromWorker = ReplyEnvelope | LifeSign;
