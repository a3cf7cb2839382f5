/** Why a patch was refused; `status` is the HTTP code. Code 500 stands for the errors that the real server does not classify. */
export class PatchError extends Error {
  readonly status: 400 | 413 | 422 | 500;
  constructor(status: 400 | 413 | 422 | 500, message: string) {
    super(message);
    this.status = status;
  }
}
