// Probes and lifecycle hooks of containers.
import type { HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from '../generated/types.ts';
import type { Errors, Path } from './field.ts';
import { nonNegative } from './metadata.ts';
import { httpHeaderName, portName, portNumber } from './names.ts';

type Handler = ProbeHandlerParts & LifecycleHandler;
type ProbeHandlerParts = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'>;

const schemes = ['HTTP', 'HTTPS'];
const oneHandler = 'may not specify more than 1 handler type';

export function validatePortNumberOrName(port: number | string, path: Path, errors: Errors): void {
  errors.invalidAll(path, port, typeof port === 'number' ? portNumber(port) : portName(port));
}

function validateHttpGet(action: HTTPGetAction, path: Path, errors: Errors): void {
  if (!action.path) errors.required(path.child('path'));
  validatePortNumberOrName(action.port, path.child('port'), errors);
  const scheme = action.scheme ?? '';
  if (!schemes.includes(scheme)) errors.notSupported(path.child('scheme'), scheme, schemes);
  for (const header of action.httpHeaders ?? []) errors.invalidAll(path.child('httpHeaders'), header.name, httpHeaderName(header.name));
}

/** Exactly one way of asking or acting; the first is checked, the others are refused. */
function validateHandler(handler: Handler, graceSeconds: number | undefined, path: Path, errors: Errors): void {
  let found = false;
  const one = (name: 'exec' | 'httpGet' | 'tcpSocket' | 'grpc' | 'sleep', check: (at: Path) => void): void => {
    if (handler[name] === undefined) return;
    if (found) errors.forbidden(path.child(name), oneHandler);
    else check(path.child(name));
    found = true;
  };
  one('exec', (at) => {
    if ((handler.exec?.command ?? []).length === 0) errors.required(at.child('command'));
  });
  one('httpGet', (at) => validateHttpGet(handler.httpGet as HTTPGetAction, at, errors));
  one('tcpSocket', (at) => validatePortNumberOrName(handler.tcpSocket?.port ?? 0, at.child('port'), errors));
  one('grpc', (at) => validatePortNumberOrName(handler.grpc?.port ?? 0, at.child('port'), errors));
  one('sleep', (at) => {
    const seconds = handler.sleep?.seconds ?? 0;
    if (graceSeconds !== undefined && (seconds < 0 || seconds > graceSeconds)) {
      errors.invalid(at, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`);
    }
  });
  if (!found) errors.required(path, 'must specify a handler type');
}

export function validateProbe(probe: Probe | undefined, kind: 'livenessProbe' | 'readinessProbe' | 'startupProbe', graceSeconds: number | undefined, container: Path, errors: Errors): void {
  if (probe === undefined) return;
  const path = container.child(kind);
  const { exec, httpGet, tcpSocket, grpc } = probe;
  validateHandler({ exec, httpGet, tcpSocket, grpc }, graceSeconds, path, errors);
  nonNegative(probe.initialDelaySeconds, path.child('initialDelaySeconds'), errors);
  nonNegative(probe.timeoutSeconds, path.child('timeoutSeconds'), errors);
  nonNegative(probe.periodSeconds, path.child('periodSeconds'), errors);
  nonNegative(probe.successThreshold, path.child('successThreshold'), errors);
  nonNegative(probe.failureThreshold, path.child('failureThreshold'), errors);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) errors.invalid(path.child('terminationGracePeriodSeconds'), grace, 'must be greater than 0');
  if (kind === 'readinessProbe') {
    if (grace !== undefined) errors.invalid(path.child('terminationGracePeriodSeconds'), grace, 'must not be set for readinessProbes');
  } else if (probe.successThreshold !== 1) {
    errors.invalid(path.child('successThreshold'), probe.successThreshold ?? 0, 'must be 1');
  }
}

const signals = [
  'SIGABRT', 'SIGALRM', 'SIGBUS', 'SIGCHLD', 'SIGCLD', 'SIGCONT', 'SIGFPE', 'SIGHUP', 'SIGILL', 'SIGINT', 'SIGIO', 'SIGIOT', 'SIGKILL', 'SIGPIPE', 'SIGPOLL',
  'SIGPROF', 'SIGPWR', 'SIGQUIT', 'SIGRTMAX', ...range(1, 14).map((n) => `SIGRTMAX-${n}`), 'SIGRTMIN', ...range(1, 15).map((n) => `SIGRTMIN+${n}`), 'SIGSEGV',
  'SIGSTKFLT', 'SIGSTOP', 'SIGSYS', 'SIGTERM', 'SIGTRAP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGUSR1', 'SIGUSR2', 'SIGVTALRM', 'SIGWINCH', 'SIGXCPU', 'SIGXFSZ',
].sort();
const windowsSignals = ['SIGKILL', 'SIGTERM'];

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

export function validateLifecycle(lifecycle: Lifecycle, graceSeconds: number | undefined, os: string | undefined, path: Path, errors: Errors): void {
  if (lifecycle.postStart) validateHandler(handlerOf(lifecycle.postStart), graceSeconds, path.child('postStart'), errors);
  if (lifecycle.preStop) validateHandler(handlerOf(lifecycle.preStop), graceSeconds, path.child('preStop'), errors);
  const signal = lifecycle.stopSignal;
  if (signal === undefined) return;
  const at = path.child('stopSignal');
  if (os === undefined) errors.forbidden(at, 'may not be set for containers with empty `spec.os.name`');
  else if (os === 'windows' && !windowsSignals.includes(signal)) errors.notSupported(at, signal, windowsSignals);
  else if (os === 'linux' && !signals.includes(signal)) errors.notSupported(at, signal, signals);
}

function handlerOf({ exec, httpGet, tcpSocket, sleep }: LifecycleHandler): Handler {
  return { exec, httpGet, tcpSocket, sleep };
}
