// The controller side of the CSI driver that every cluster here has: its sidecars external-provisioner, external-attacher
// and external-resizer, which talk to the API server, and through CSI to the storage behind the driver.
import { assert, unreachable } from '../../../base/assert.ts';
import type { CSIDriver, PersistentVolume, PersistentVolumeClaim, StorageClass, VolumeAttachment } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import {
  CSI_DRIVERS, CSI_NODES, PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, STORAGE_CLASSES, VOLUME_ATTACHMENTS,
} from '../../api/resources.ts';
import { API_SERVER } from '../../apiserver/messages.ts';
import { ApiClient } from '../../client/client.ts';
import type { ClientEvent, ClientMessage, Identity } from '../../client/client.ts';
import { EventRecorder } from '../../client/events.ts';
import type { Change, InformerSpec } from '../../client/informer.ts';
import { createRequest } from '../../client/requests.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { QueueTimer } from '../../client/work-queue.ts';
import type { Actor, Context, Explanation, StartMessage } from '../../kernel/actor.ts';
import { CSI_DRIVER } from '../../node/csi-node.ts';
import { attach, detach, mayRelease, needsWork, releaseVolume } from './attacher.ts';
import { answered, NEW_FLOW, runFlow } from './flow.ts';
import type { Answer, Call, Flow, FlowState } from './flow.ts';
import { CSI_CONTROLLER, STORAGE_BACKEND } from './messages.ts';
import type { CsiControllerRequest, CsiControllerResponse } from './messages.ts';
import { deleteVolume, provision, shouldDelete, shouldProvision } from './provisioner.ts';
import type { Caches } from './provisioner.ts';
import { asksForMore, resize, shouldResize } from './resizer.ts';
import { storageBackend } from './storage-backend.ts';

/** The class that claims without one get. */
export const STANDARD_CLASS = 'standard';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
const CLAIM = 'claim/';
const VOLUME = 'volume/';
const RELEASE = 'release/';
const RESIZE = 'resize/';
const ATTACHMENT = 'attachment/';
/** --retry-interval-start and -max of the sidecars. */
const RETRY_US = 1_000_000;
const RETRY_MAX_US = 300_000_000;
const QUEUE = 'csi-controller';

const INFORMERS: readonly InformerSpec[] = [
  { name: 'persistentvolumeclaims', gvr: PERSISTENT_VOLUME_CLAIMS }, { name: 'persistentvolumes', gvr: PERSISTENT_VOLUMES },
  { name: 'storageclasses', gvr: STORAGE_CLASSES }, { name: 'volumeattachments', gvr: VOLUME_ATTACHMENTS }, { name: 'csinodes', gvr: CSI_NODES },
];

function sidecar(name: string): Identity {
  return { userAgent: name, qps: 5, burst: 10, credentials: { user: 'system:serviceaccount:kube-system:csi-controller', groups: ['system:masters', 'system:serviceaccounts', 'system:authenticated'] } };
}
const PROVISIONER = sidecar('csi-provisioner/v6.0.0');
const ATTACHER = sidecar('csi-attacher/v4.10.0');
const RESIZER = sidecar('csi-resizer/v2.0.0');

/** Whose events: the resizer's, or those of all others. */
type Recorder = 'recorder' | 'resizerRecorder';
type Tag = { readonly kind: 'op'; readonly key: string } | { readonly kind: 'event'; readonly recorder: Recorder } | { readonly kind: 'install' };
interface EventRetry { readonly type: 'csi-event-retry'; readonly recorder: Recorder }
type Message = StartMessage | ClientMessage | QueueTimer | EventRetry | CsiControllerResponse;

/** What a sidecar does for one object, as the page tells it. */
export interface CsiExplanation extends Explanation {
  readonly about: 'csi';
  readonly key: string;
  /** `csi-create-volume`, `create persistentvolumes`; '' when it is done. */
  readonly doing: string;
  readonly error: string;
}

/** A sync under way. */
interface Op { readonly flow: FlowState; readonly subject: ApiObject; readonly doing: string }

export class CsiControllerState {
  client = new ApiClient<Tag>(PROVISIONER);
  queue = new WorkQueue(QUEUE);
  recorder = new EventRecorder('');
  resizerRecorder = new EventRecorder(`external-resizer ${CSI_DRIVER}`);
  identity = '';
  readonly ops = new Map<string, Op>();
  /** Numbers of calls to the storage, and the keys that wait for them. */
  readonly calls = new Map<number, string>();
  nextCall = 1;
  readonly failures = new Map<string, number>();
  /** Uids of claims that have got their volume, until the binder has tied the two. */
  readonly provisioned = new Set<string>();
  /** The newest resourceVersion that a finished sync left behind, by key: before the cache shows it, it is too early to look again. */
  readonly settled = new Map<string, number>();

  clone(): CsiControllerState {
    const copy = new CsiControllerState();
    copy.client = this.client.clone();
    copy.queue = this.queue.clone();
    copy.recorder = this.recorder.clone();
    copy.resizerRecorder = this.resizerRecorder.clone();
    copy.identity = this.identity;
    copy.nextCall = this.nextCall;
    for (const [key, op] of this.ops) copy.ops.set(key, op);
    for (const [id, key] of this.calls) copy.calls.set(id, key);
    for (const [key, count] of this.failures) copy.failures.set(key, count);
    for (const uid of this.provisioned) copy.provisioned.add(uid);
    for (const [key, version] of this.settled) copy.settled.set(key, version);
    return copy;
  }
}

function cachesOf(state: CsiControllerState): Caches {
  return {
    get: <T extends ApiObject>(informer: string, key: string) => state.client.informer(informer).get(key) as T | undefined,
    all: <T extends ApiObject>(informer: string) => [...state.client.informer(informer).objects.values()] as T[],
  };
}

function receive(state: CsiControllerState, message: Message, ctx: Context): void {
  switch (message.type) {
    case 'start': start(state, ctx); return;
    case 'queue-timer': state.queue.onTimer(message, ctx.messageId); work(state, ctx); return;
    case 'csi-event-retry': sendEvents(state, message.recorder, ctx); return;
    case 'csi-create-volume-response': case 'csi-delete-volume-response':
    case 'csi-controller-publish-volume-response': case 'csi-controller-unpublish-volume-response': case 'csi-controller-expand-volume-response':
      onStorage(state, message, ctx);
      return;
    case 'api-response': case 'watch-event': case 'watch-end': case 'api-pong': case 'client-tick': case 'informer-retry':
      for (const event of state.client.receive(ctx, message)) onClientEvent(state, event, ctx);
      work(state, ctx);
      return;
    default: unreachable(message);
  }
}

function start(state: CsiControllerState, ctx: Context): void {
  const suffix = ctx.random.uint32().toString(16).padStart(8, '0');
  state.identity = `${Math.floor(ctx.unixUs / 1000)}-${ctx.random.below(10_000)}-${CSI_DRIVER}`;
  state.recorder = new EventRecorder(`${CSI_DRIVER}_csi-controller-0_${suffix}`);
  ctx.send(API_SERVER, { type: 'api-connect' });
  if (!ctx.exists(STORAGE_BACKEND)) ctx.spawn(STORAGE_BACKEND);
  install(state, ctx);
  for (const spec of INFORMERS) state.client.watch(ctx, spec);
}

/** What an installation of the driver brings with it; what is there already stays. */
function install(state: CsiControllerState, ctx: Context): void {
  const driver: CSIDriver = { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: CSI_DRIVER }, spec: { attachRequired: true, podInfoOnMount: false, fsGroupPolicy: 'File' } };
  const standard: StorageClass = {
    apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: STANDARD_CLASS, annotations: { [DEFAULT_CLASS]: 'true' } },
    provisioner: CSI_DRIVER, reclaimPolicy: 'Delete', volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true,
  };
  state.client.request(ctx, createRequest(CSI_DRIVERS, driver, ''), { kind: 'install' });
  state.client.request(ctx, createRequest(STORAGE_CLASSES, standard, ''), { kind: 'install' });
}

function onClientEvent(state: CsiControllerState, event: ClientEvent<Tag>, ctx: Context): void {
  switch (event.kind) {
    case 'change': onChange(state, event.change, ctx); return;
    case 'synced': return;
    case 'response': {
      const { tag, response } = event;
      if (tag.kind === 'op') onAnswer(state, tag.key, { code: response.code, body: response.body as ApiObject }, ctx);
      else if (tag.kind === 'event') onEventAnswer(state, tag.recorder, response.code, ctx);
    }
  }
}

function onChange(state: CsiControllerState, { type, informer, object, old }: Change, ctx: Context): void {
  const key = keyOf(object);
  switch (informer) {
    case 'persistentvolumeclaims':
      if (type === 'deleted') {
        state.provisioned.delete(object.metadata.uid ?? '');
        return;
      }
      add(state, CLAIM + key, ctx);
      if (asksForMore(object as PersistentVolumeClaim, old as PersistentVolumeClaim | undefined)) add(state, RESIZE + key, ctx);
      return;
    case 'storageclasses':
      state.client.informer('persistentvolumeclaims').objects.forEach((_, claim) => add(state, CLAIM + claim, ctx));
      return;
    case 'persistentvolumes':
      if (type === 'deleted') return;
      add(state, VOLUME + key, ctx);
      add(state, RELEASE + key, ctx);
      if (type === 'added') add(state, RESIZE + claimKeyOf(object as PersistentVolume), ctx);
      return;
    case 'volumeattachments': {
      if (type !== 'deleted') add(state, ATTACHMENT + key, ctx);
      else add(state, RELEASE + ((object as VolumeAttachment).spec.source.persistentVolumeName ?? ''), ctx);
    }
  }
}

function claimKeyOf({ spec }: PersistentVolume): string {
  return `${spec?.claimRef?.namespace ?? ''}/${spec?.claimRef?.name ?? ''}`;
}

/** The object behind a key if something has to be done for it. */
function subjectOf(state: CsiControllerState, key: string): ApiObject | undefined {
  const subject = candidate(state, key);
  const settled = state.settled.get(key);
  if (!subject || settled === undefined) return subject;
  if (Number(subject.metadata.resourceVersion) < settled) return undefined;
  state.settled.delete(key);
  return subject;
}

/** Only what needs something is queued. */
function add(state: CsiControllerState, key: string, ctx: Context): void {
  if (subjectOf(state, key)) state.queue.add(key, ctx.messageId);
}

function candidate(state: CsiControllerState, key: string): ApiObject | undefined {
  const caches = cachesOf(state);
  const name = key.slice(key.indexOf('/') + 1);
  if (key.startsWith(CLAIM)) {
    const claim = caches.get<PersistentVolumeClaim>('persistentvolumeclaims', name);
    const uid = claim?.metadata.uid ?? '';
    const made = state.provisioned.has(uid) || caches.get('persistentvolumes', `pvc-${uid}`) !== undefined;
    return claim && !made && shouldProvision(claim, CSI_DRIVER, caches) ? claim : undefined;
  }
  if (key.startsWith(RESIZE)) {
    const claim = caches.get<PersistentVolumeClaim>('persistentvolumeclaims', name);
    return claim && shouldResize(claim, CSI_DRIVER, caches) ? claim : undefined;
  }
  if (key.startsWith(ATTACHMENT)) {
    const attachment = caches.get<VolumeAttachment>('volumeattachments', name);
    return attachment && needsWork(attachment, CSI_DRIVER) ? attachment : undefined;
  }
  const volume = caches.get<PersistentVolume>('persistentvolumes', name);
  const needed = volume && (key.startsWith(VOLUME) ? shouldDelete(volume, CSI_DRIVER) : mayRelease(volume, CSI_DRIVER, caches));
  return needed ? volume : undefined;
}

function work(state: CsiControllerState, ctx: Context): void {
  if (!state.client.allSynced) return;
  for (let item = state.queue.take(); item; item = state.queue.take()) {
    const subject = subjectOf(state, item.key);
    if (!subject) {
      state.queue.done(item.key);
      continue;
    }
    const cause = ctx.cause;
    ctx.cause = item.cause;
    run(state, item.key, { flow: NEW_FLOW, subject, doing: '' }, ctx);
    ctx.cause = cause;
  }
}

function body(state: CsiControllerState, key: string, subject: ApiObject, ctx: Context): (flow: Flow) => void {
  const caches = cachesOf(state);
  if (key.startsWith(CLAIM)) return (flow) => provision(flow, subject as PersistentVolumeClaim, CSI_DRIVER, state.identity, caches);
  if (key.startsWith(RESIZE)) return (flow) => resize(flow, subject as PersistentVolumeClaim, CSI_DRIVER, ctx.unixUs, caches);
  if (key.startsWith(VOLUME)) return (flow) => deleteVolume(flow, subject as PersistentVolume, caches);
  if (key.startsWith(RELEASE)) return (flow) => releaseVolume(flow, subject as PersistentVolume, CSI_DRIVER);
  const attachment = subject as VolumeAttachment;
  const change = attachment.metadata.deletionTimestamp === undefined ? attach : detach;
  return (flow) => change(flow, attachment, CSI_DRIVER, ctx.unixUs, caches);
}

function run(state: CsiControllerState, key: string, op: Op, ctx: Context): void {
  const outcome = runFlow(op.flow, body(state, key, op.subject, ctx));
  const recorder: Recorder = key.startsWith(RESIZE) ? 'resizerRecorder' : 'recorder';
  for (const event of outcome.events) state[recorder].record(event, ctx, ctx.messageId);
  if (outcome.events.length > 0) sendEvents(state, recorder, ctx);
  const doing = outcome.call ? nameOf(outcome.call) : '';
  const explanation: CsiExplanation = { about: 'csi', key, doing, error: outcome.error ?? '' };
  ctx.explain(explanation);
  if (outcome.call) {
    state.ops.set(key, { ...op, flow: outcome.state, doing });
    send(state, key, outcome.call, ctx);
    return;
  }
  state.ops.delete(key);
  // What the resizer writes says which claim it has seen: it cannot do anything twice.
  if (!key.startsWith(RESIZE)) settle(state, key, op.subject, outcome.state);
  finish(state, key, op.subject, outcome.error, ctx);
}

function settle(state: CsiControllerState, key: string, subject: ApiObject, flow: FlowState): void {
  let newest = 0;
  for (const entry of flow.entries) {
    const { body: written } = (entry ?? {}) as { readonly body?: ApiObject };
    if (written?.kind === subject.kind && written.metadata.uid === subject.metadata.uid) newest = Math.max(newest, Number(written.metadata.resourceVersion ?? 0));
  }
  if (newest > 0) state.settled.set(key, newest);
}

function nameOf(call: Call): string {
  return call.to === 'storage' ? call.call.type : `${call.spec.verb} ${call.spec.gvr.resource}`;
}

function senderOf(key: string): Identity {
  if (key.startsWith(RESIZE)) return RESIZER;
  return key.startsWith(ATTACHMENT) || key.startsWith(RELEASE) ? ATTACHER : PROVISIONER;
}

function send(state: CsiControllerState, key: string, call: Call, ctx: Context): void {
  if (call.to === 'api') {
    state.client.request(ctx, call.spec, { kind: 'op', key }, senderOf(key));
    return;
  }
  const requestId = state.nextCall++;
  state.calls.set(requestId, key);
  const request: CsiControllerRequest = { ...call.call, requestId };
  ctx.send(STORAGE_BACKEND, request);
}

function finish(state: CsiControllerState, key: string, subject: ApiObject, error: string | undefined, ctx: Context): void {
  if (error === undefined) {
    state.failures.delete(key);
    if (key.startsWith(CLAIM)) state.provisioned.add(subject.metadata.uid ?? '');
  } else {
    const failures = state.failures.get(key) ?? 0;
    state.failures.set(key, failures + 1);
    state.queue.addAfter(ctx, key, Math.min(RETRY_US * 2 ** Math.min(failures, 10), RETRY_MAX_US));
  }
  state.queue.done(key);
}

function onAnswer(state: CsiControllerState, key: string, answer: Answer, ctx: Context): void {
  const op = state.ops.get(key);
  assert(op !== undefined, `an answer for ${key}, which nobody works on`);
  run(state, key, { ...op, flow: answered(op.flow, answer) }, ctx);
}

function onStorage(state: CsiControllerState, response: CsiControllerResponse, ctx: Context): void {
  const key = state.calls.get(response.requestId);
  if (key === undefined) return;
  state.calls.delete(response.requestId);
  onAnswer(state, key, response, ctx);
  work(state, ctx);
}

function sendEvents(state: CsiControllerState, recorder: Recorder, ctx: Context): void {
  const spec = state[recorder].next(ctx);
  if (spec) state.client.request(ctx, spec, { kind: 'event', recorder }, recorder === 'resizerRecorder' ? RESIZER : PROVISIONER);
}

function onEventAnswer(state: CsiControllerState, recorder: Recorder, code: number, ctx: Context): void {
  const delayUs = state[recorder].onAnswer(code, ctx);
  const retry: EventRetry = { type: 'csi-event-retry', recorder };
  if (delayUs > 0) ctx.after(delayUs, retry);
  else sendEvents(state, recorder, ctx);
}

export const csiController: Actor<CsiControllerState, Message> = {
  kind: CSI_CONTROLLER,
  init: () => new CsiControllerState(),
  receive: (state, message, ctx) => receive(state, message, ctx),
  clone: (state) => state.clone(),
};

/** The kinds of actors that the storage of a cluster consists of; the first one starts the other. */
export const storageActors: readonly Actor[] = [csiController as Actor, storageBackend as Actor];
