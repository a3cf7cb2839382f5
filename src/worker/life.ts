// How the page learns that the worker has ended without an error event: closed, or killed by the browser. The worker
// holds a lock for as long as it lives, busy or not, and the browser gives it to whoever waits for it when the worker is
// gone. So a long computation is never taken for a death. Where the browser has no locks (pages that are not from this
// machine and not over TLS), only what goes unanswered tells; see WorldClient.

/** The worker's side: resolves once the lock is held; `false` where there are none. */
export function holdWhileAlive(name: string): Promise<boolean> {
  // Undefined outside secure contexts, whatever the types say.
  const locks = navigator.locks as LockManager | undefined;
  if (!locks || name === '') return Promise.resolve(false);
  return new Promise((resolve) => {
    void locks.request(name, () => {
      resolve(true);
      return new Promise<never>(() => undefined);
    });
  });
}

/** The page's side: resolves when the holder of the lock is gone, and never after `signal` was aborted. */
export async function whenGone(name: string, signal: AbortSignal): Promise<void> {
  try {
    await navigator.locks.request(name, { signal }, () => undefined);
  } catch (error) {
    if (!signal.aborted) throw error;
    await new Promise<never>(() => undefined);
  }
}
