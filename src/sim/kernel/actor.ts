import type { Prng } from '../../base/prng.ts';

/** `kube-apiserver`, `etcd`, `kubelet/node-1`: the component's kind, and after a slash whose it is. */
export type ActorId = string;
/** Counts from 1 over all messages and timers of a session, in the order in which they were sent. 0 is "none". */
export type MessageId = number;
export type TimerId = MessageId;

/** What a message carries: immutable plain data with a `type`, shared by reference. */
export interface Body { readonly type: string }

/** Why a component did what it did, as codes and parameters; the page words it. Each component declares its own. */
export interface Explanation { readonly about: string }

/** A link's share of the world, settable by faults. What is sent over a cut link is lost, or, with 'held', waits until
 * the link is mended, as TCP has it; factor and extraUs slow it down. */
export interface LinkFault { readonly cut?: boolean | 'held'; readonly factor?: number; readonly extraUs?: number }

/** All that an actor may touch besides its own state. */
export interface Context {
  readonly self: ActorId;
  /** Virtual microseconds since the world began. */
  readonly nowUs: number;
  /** Microseconds since 1970 at the virtual now, for timestamps in objects. */
  readonly unixUs: number;
  readonly random: Prng;
  /** The message being received, and who sent it. */
  readonly messageId: MessageId;
  readonly from: ActorId;
  /**
   * What messages sent from now on name as their cause. It starts as `messageId`; a work queue sets it to the message
   * that put the item there, so that "because of" leads to the real reason and not to whoever freed the worker.
   */
  cause: MessageId;
  /** True while a replay asks for explanations too large to make always (whole attempt tables). Must not change state. */
  readonly detail: boolean;
  /** Sends over the link's latency, after `processingUs` of the sender's own work. Order per link is kept (TCP). */
  send(to: ActorId, body: Body, processingUs?: number): MessageId;
  /** A message to oneself after `delayUs`; it is not seen travelling. Lost if the actor is halted. */
  after(delayUs: number, body: Body): TimerId;
  cancel(timer: TimerId): void;
  explain(explanation: Explanation): void;
  /** Creates (or creates anew, after halt) an actor, which then receives `{type: 'start'}`. */
  spawn(id: ActorId, args?: unknown): void;
  /** Stops an actor: what is on the way to it is lost, its timers too. Its state is forgotten. */
  halt(id: ActorId): void;
  exists(id: ActorId): boolean;
  /** Sets or clears (undefined) the fault of the link between two actors, both ways. */
  setLinkFault(a: ActorId, b: ActorId, fault: LinkFault | undefined): void;
}

/**
 * A component. `receive` is synchronous and runs to completion; state is plain data (CowMap for what is large), so that
 * `clone` can copy containers and share everything immutable. The kind is the part of the id before the slash.
 */
export interface Actor<S = unknown, M extends Body = Body> {
  readonly kind: string;
  init(id: ActorId, args: unknown): S;
  receive(state: S, message: M, ctx: Context): void;
  clone(state: S): S;
}

export interface StartMessage { readonly type: 'start' }

/** `kubelet/node-1` → `kubelet`. */
export function kindOf(id: ActorId): string {
  const slash = id.indexOf('/');
  return slash < 0 ? id : id.slice(0, slash);
}

/** `kubelet/node-1` → `node-1`; empty for components that there is one of. */
export function instanceOf(id: ActorId): string {
  const slash = id.indexOf('/');
  return slash < 0 ? '' : id.slice(slash + 1);
}
