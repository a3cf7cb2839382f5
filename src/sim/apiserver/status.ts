// Status objects with the texts of apimachinery/pkg/api/errors.
import type { JsonObject } from '../api/generated/types.ts';
import type { FieldError } from '../api/meta.ts';

export interface StatusCause { readonly reason?: string; readonly message: string; readonly field?: string }
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** metav1.Status as it is sent: empty members are left out. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: JsonObject;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** Ends the handling of a request: `status` is the answer. */
export class Refusal extends Error {
  readonly status: Status;
  constructor(status: Status) {
    super(status.message);
    this.status = status;
  }
}

/** No server knows the path: the answer is not a Status but plain text. */
export class NoSuchPath extends Error {}

/** Asks for another attempt: something that will soon exist does not exist yet. After `attempts` in all, `status` is the answer. */
export class RetryLater extends Error {
  readonly delayUs: number;
  readonly attempts: number;
  readonly status: Status;
  constructor(delayUs: number, attempts: number, status: Status) {
    super(status.message);
    this.delayUs = delayUs;
    this.attempts = attempts;
    this.status = status;
  }
}

const EMPTY: JsonObject = {};

export function failure(code: number, reason: string, message: string, details?: StatusDetails): Status {
  const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: EMPTY, status: 'Failure', message };
  return { ...status, ...(reason === '' ? {} : { reason }), ...(details ? { details } : {}), code };
}

/** `pods`, `deployments.apps`: how errors name a resource (GroupResource.String). */
export interface GroupResource { readonly group: string; readonly resource: string }

export function groupResourceText({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function detailsOf({ group, resource }: GroupResource, name: string): StatusDetails {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource };
}

export function notFound(of: GroupResource, name: string): Status {
  return failure(404, 'NotFound', `${groupResourceText(of)} "${name}" not found`, detailsOf(of, name));
}

export function alreadyExists(of: GroupResource, name: string): Status {
  return failure(409, 'AlreadyExists', `${groupResourceText(of)} "${name}" already exists`, detailsOf(of, name));
}

/** A generated name was taken eight times in a row. */
export function generateNameConflict(of: GroupResource, name: string): Status {
  const message = `${groupResourceText(of)} "${name}" already exists, the server was not able to generate a unique name for the object`;
  return failure(409, 'AlreadyExists', message, { ...detailsOf(of, name), retryAfterSeconds: 1 });
}

export const OPTIMISTIC_LOCK = 'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(of: GroupResource, name: string, why: string): Status {
  return failure(409, 'Conflict', `Operation cannot be fulfilled on ${groupResourceText(of)} "${name}": ${why}`, detailsOf(of, name));
}

export function forbidden(of: GroupResource, name: string, why: string): Status {
  const subject = name === '' ? groupResourceText(of) : `${groupResourceText(of)} "${name}"`;
  return failure(403, 'Forbidden', of.resource === '' ? `forbidden: ${why}` : `${subject} is forbidden: ${why}`, detailsOf(of, name));
}

export function unauthorized(): Status {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

export function badRequest(message: string): Status {
  return failure(400, 'BadRequest', message);
}

/** The path exists, the verb does not: what the router answers. */
export function methodNotAllowed(): Status {
  return failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

/** A body or patch of a type that is not read there. */
export function unsupportedMedia(accepted: readonly string[]): Status {
  return failure(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`);
}

/** No such path: what the router answers. */
export function noSuchResource(): Status {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function internalError(message: string): Status {
  return failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** What a Go error becomes that nobody classified: no reason. */
export function unclassified(message: string): Status {
  return failure(500, '', message);
}

export function expired(message: string): Status {
  return failure(410, 'Expired', message);
}

export function timeout(message: string, retryAfterSeconds: number): Status {
  return failure(504, 'Timeout', `Timeout: ${message}`, retryAfterSeconds > 0 ? { retryAfterSeconds } : {});
}

export function tooManyRequests(message: string, details: StatusDetails): Status {
  return failure(429, 'TooManyRequests', message, details);
}

/** storage.NewTooLargeResourceVersionError. */
export function tooLargeResourceVersion(asked: number, current: number): Status {
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  return failure(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, { causes, retryAfterSeconds: 1 });
}

/** `group` and `kind` are those of the object's kind; every error is a cause, equal ones are told once. */
export function invalid(group: string, kind: string, name: string, errors: readonly FieldError[]): Status {
  const causes = errors.map(({ type, path, message }): StatusCause => ({ reason: type, message, field: path }));
  const texts = [...new Set(errors.map(({ path, message }) => `${path}: ${message}`))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const qualified = group === '' ? kind : `${kind}.${group}`;
  return failure(422, 'Invalid', `${qualified} "${name}" is invalid: ${list}`, { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), ...(kind === '' ? {} : { kind }), causes });
}

/** What a DELETE answers for kinds that do not return the object. */
export function deletedStatus(of: GroupResource, name: string, uid: string | undefined): Status {
  const details: StatusDetails = { ...detailsOf(of, name), ...(uid === undefined ? {} : { uid }) };
  return { kind: 'Status', apiVersion: 'v1', metadata: EMPTY, status: 'Success', details };
}

export function success(code: number): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: EMPTY, status: 'Success', code };
}
