// What an answer of the API server means to a controller (models apimachinery's api/errors).
import type { WriteResult } from './controller.ts';

interface Status {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string }[] };
}

function statusOf(result: WriteResult): Status {
  return result.body as unknown as Status;
}

export function isSuccess(result: WriteResult): boolean {
  return result.code >= 200 && result.code < 300;
}

export function isNotFound(result: WriteResult): boolean {
  return result.code === 404;
}

export function isAlreadyExists(result: WriteResult): boolean {
  return result.code === 409 && statusOf(result).reason === 'AlreadyExists';
}

export function isInvalid(result: WriteResult): boolean {
  return result.code === 422;
}

/** The namespace is going away: whatever is created there fails, and that is no error of the controller. */
export function isNamespaceTerminating(result: WriteResult): boolean {
  return statusOf(result).details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false;
}

/** The error as Go prints it. */
export function errorText(result: WriteResult): string {
  return statusOf(result).message ?? `the server responded with the status code ${result.code}`;
}
