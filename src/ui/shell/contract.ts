// What the frame of the page needs from a session. The worker's client provides it; the frame knows nothing of the worker.
import type { Live } from '../shared/live.ts';

export type SessionStatus =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  | { readonly kind: 'restoring' }
  /** The worker died; `message` is the error's own. */
  | { readonly kind: 'failed'; readonly message: string };

export interface ClusterFacts {
  readonly nodes: number;
  readonly nodesReady: number;
  readonly pods: number;
  readonly podsRunning: number;
  /** Virtual time since the session began. */
  readonly nowUs: number;
}

/** The input that undo would take back. `name` is what it was about: a file, an object, a fault in words. */
export interface UndoableInput {
  readonly what: 'apply' | 'delete' | 'fault' | 'command' | 'other';
  readonly name: string;
}

/** What can be broken now. Lists in a stable order. */
export interface FaultTargets {
  readonly nodes: readonly { readonly name: string; readonly stopped: boolean }[];
  /** Pods with running containers; their names are asked for when a menu needs them. */
  readonly pods: readonly { readonly namespace: string; readonly name: string }[];
  readonly links: readonly { readonly from: string; readonly to: string; readonly cut: boolean }[];
  /** What was added to each of etcd's answers. */
  readonly etcdDelayMs: number;
}

export type Fault =
  | { readonly kind: 'stopNode' | 'startNode'; readonly name: string }
  | { readonly kind: 'killContainer'; readonly namespace: string; readonly pod: string; readonly container: string }
  | { readonly kind: 'cutLink' | 'mendLink'; readonly from: string; readonly to: string }
  | { readonly kind: 'slowEtcd'; readonly delayMs: number }
  /** No fault, but the other thing that is done to machines: one more, like those that are there. */
  | { readonly kind: 'addNode' };

export interface ShellPort {
  readonly status: Live<SessionStatus>;
  /** The scenario's or lesson's name in the visitor's language; empty for a plain session. */
  readonly scenario: Live<string>;
  readonly facts: Live<ClusterFacts>;
  readonly undoable: Live<UndoableInput | undefined>;
  readonly faults: Live<FaultTargets>;
  /** Names of a pod's containers, init containers left out. */
  containersOf(namespace: string, pod: string): Promise<readonly string[]>;
  undo(): Promise<void>;
  inject(fault: Fault): Promise<void>;
  /** An address that opens exactly this session at this moment. */
  share(): Promise<string>;
  /** Back to the session's beginning. */
  reset(): Promise<void>;
  /** A new worker, replaying the inputs kept in this browser. */
  restore(): Promise<void>;
}
