// What travels between the API server and its clients. One request shape for every verb keeps the hot path monomorphic;
// the HTTP façade translates paths and queries to the same shape.
import type { JsonObject } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import type { LogOptions, Sent, TerminalOptions } from '../node/messages.ts';
import type { Status } from './status.ts';

export const API_SERVER = 'kube-apiserver';

export type RequestVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** Who a client says it is: the certificate's or token's content. */
export interface Credentials {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** A bearer token to be authenticated; then `user` and `groups` are ignored. "" asks for anonymous. */
  readonly token?: string;
  /** Impersonate-User, -Group, -Uid and -Extra- headers. */
  readonly impersonate?: {
    readonly user: string; readonly groups: readonly string[]; readonly uid?: string; readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
}

/** Query parameters and body options, by their names in the API. */
export interface RequestOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly timeoutSeconds?: number;
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  readonly force?: boolean;
  /** Discovery as one document, in this version of apidiscovery.k8s.io. */
  readonly discovery?: 'v2';
  /** Of pods/log, pods/exec and pods/attach: the container ('' if the client names none), and the rest. */
  readonly container?: string;
  readonly log?: LogOptions;
  readonly command?: readonly string[];
  readonly streams?: TerminalOptions;
  /** What is wrong with the request as it came over HTTP: the answer, once it is known that the client may ask and that the path exists. */
  readonly refusal?: Status;
}

export interface ApiRequest {
  readonly type: 'api-request';
  /** Unique per sender; a watch's events carry it. */
  readonly requestId: number;
  readonly verb: RequestVerb;
  readonly group: string;
  readonly version: string;
  /** Plural: `pods`. '' for paths outside the API (`/healthz`, `/apis`), whose path is then the name. */
  readonly resource: string;
  /** `status`, `binding`, …; '' for the object itself. */
  readonly subresource: string;
  /** '' for cluster-scoped resources and for all namespaces. */
  readonly namespace: string;
  /** '' for collections. */
  readonly name: string;
  readonly options: RequestOptions;
  readonly patchType: PatchType | undefined;
  /** The object, the patch (a JSON patch is an array), or DeleteOptions. */
  readonly body: unknown;
  readonly credentials: Credentials;
  readonly userAgent: string;
}

export interface ApiResponse {
  readonly type: 'api-response';
  readonly requestId: number;
  readonly code: number;
  /** The object, the List, or a Status. */
  readonly body: JsonObject | ApiObject;
  readonly warnings: readonly string[];
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** One event of a watch stream. The object is the very one in the watch cache (ERROR: a Status). */
export interface WatchEvent {
  readonly type: 'watch-event';
  readonly requestId: number;
  readonly resource: string;
  readonly event: WatchEventType;
  readonly object: ApiObject;
}

/** A part of a log that is followed, of what a process prints, or of a connection to a port. `exitCode` counts with the last part. */
export interface StreamChunk {
  readonly type: 'stream-chunk';
  readonly requestId: number;
  /** Bytes as text (see byte-text.ts). */
  readonly text: string;
  readonly to: 'out' | 'err';
  /** Of a forwarded port: which connection, and whether the other end has closed it; else 0. */
  readonly connection: number;
  readonly closes: boolean;
  readonly done: boolean;
  readonly exitCode: number;
}
/** What a client sends on a stream that it has open: typed text, or bytes of a connection to a port. */
export interface StreamSent extends Sent { readonly type: 'stream-sent'; readonly requestId: number }

/** The server ended the stream (timeout, or its cache was too old). */
export interface WatchEnd { readonly type: 'watch-end'; readonly requestId: number }
/** The client ends the stream. */
export interface WatchStop { readonly type: 'watch-stop'; readonly requestId: number }
/** HTTP/2 health check of a connection that was silent. */
export interface ApiPing { readonly type: 'api-ping' }
export interface ApiPong { readonly type: 'api-pong' }
/** A client's new connection: everything that the server held open for the old one is gone. */
export interface ApiConnect { readonly type: 'api-connect' }

export type ToApiServer = ApiRequest | StreamSent | WatchStop | ApiPing | ApiConnect;
export type FromApiServer = ApiResponse | WatchEvent | WatchEnd | ApiPong;

export type Stage = 'authentication' | 'audit' | 'impersonation' | 'priorityAndFairness' | 'authorization' | 'decode'
  | 'mutatingAdmission' | 'validation' | 'validatingAdmission' | 'etcd';

/** What one stage of the pipeline did to one request. */
export interface StageOutcome {
  readonly stage: Stage;
  readonly outcome: 'passed' | 'changed' | 'refused' | 'skipped';
  /** A code that the page words, with parameters: `allowedBy`, {rule: …}. */
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
  /** For a stage that changed the object: the object after it (before: the previous stage's). */
  readonly object?: JsonObject | ApiObject;
  /** In detail only: the plugins that changed the object, in their order, each with what it made of it. */
  readonly steps?: readonly MutationStep[];
}

export interface MutationStep { readonly plugin: string; readonly object: ApiObject }

/** The API server's explanation, attached to the request message. */
export interface RequestExplanation {
  readonly about: 'request';
  readonly stages: readonly StageOutcome[];
  /** 0 while the answer waits for etcd. */
  readonly code: number;
}
