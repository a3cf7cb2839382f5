// What the main process of a container will do, worked out when it starts: a plan on virtual time, from the image's
// entry in the catalogue, the command, the annotation and the limits. Nothing here runs; the runtime asks the plan.
import { parseBehavior } from './behavior.ts';
import type { Behavior } from './behavior.ts';
import type { CatalogueImage } from './image-catalogue.ts';
import type { ContainerConfig } from './messages.ts';
import { runCommand } from './shell.ts';
import type { PrintedPart, ShellHost, ShellRun } from './shell.ts';
import type { FileEvent } from './shell-files.ts';
import { NO_INPUT, OPEN_INPUT } from './shell-input.ts';
import type { ProcessInput } from './shell-input.ts';

/** Times count from the start of the process; Infinity is never. */
export interface ProcessPlan {
  /** undefined: runs until it is stopped. */
  readonly exit: { readonly atUs: number; readonly exitCode: number; readonly reason: string } | undefined;
  readonly listensFromUs: number;
  readonly unhealthyFromUs: number;
  readonly neverReady: boolean;
  readonly ports: readonly number[];
  readonly httpPaths: readonly string[] | undefined;
  /** undefined: ignores the stop signal. */
  readonly stop: { readonly exitCode: number; readonly afterUs: number } | undefined;
  readonly files: readonly FileEvent[];
  readonly memoryBytes: number;
  readonly memoryPerSecond: number;
  readonly startError: boolean;
}

const MIB = 1024 * 1024;
const NEVER_US = Infinity;
/** How long a program of an image takes that ends by itself because something is missing. */
const GIVES_UP_US = 400_000;
/** The stop signal ends a shell's foreground program at once when the shell hands it on. */
const DEFAULT_STOP = { exitCode: 143, afterUs: 30_000 };
const SERVER_PROGRAMS = new Set(['nginx', 'nginx-debug', 'httpd-foreground', 'apache2-foreground', 'redis-server', 'memcached', 'postgres', 'mysqld', 'mariadbd', 'mongod',
  'rabbitmq-server', 'docker-entrypoint.sh', 'caddy', 'traefik', 'agnhost', 'whoami', 'pause', 'coredns', 'prometheus', 'grafana', 'podinfo']);
const SHELL_PROGRAMS = new Set(['sh', 'bash', 'ash', 'dash']);

/** Plans the process of a container of `image`, as far as what it could read lets it come. Pure. */
export function planProcess(image: CatalogueImage, config: ContainerConfig, input = inputOf(config)): ProcessPlan {
  const behavior = parseBehavior(config.behavior);
  const argv = argvOf(image, config);
  const base = argv === undefined ? ownProgram(image, config) : planCommand(image, config, argv, input);
  return withMemory(withBehavior(base, behavior), behavior, config.memoryLimitBytes);
}

/** What a new process can read: nothing, unless its container keeps its input open. */
export function inputOf({ stdin }: ContainerConfig): ProcessInput {
  return stdin ? OPEN_INPUT : NO_INPUT;
}

/** The shell that is an image's own program; a language's prompt is not simulated. */
function ownShell(image: CatalogueImage): readonly string[] | undefined {
  return image.kind === 'shell' && !/\/(?:python|node|perl|ruby|stress)$/.test(image.repository) ? ['sh'] : undefined;
}

/** What a shell shows before each command. */
export function promptOf(image: CatalogueImage): string {
  return /\/(?:busybox|alpine)$/.test(image.repository) ? '/ # ' : '# ';
}

/** What is executed instead of the image's own program; undefined when that runs. */
function argvOf(image: CatalogueImage, config: ContainerConfig): readonly string[] | undefined {
  const first = config.command[0];
  if (first !== undefined) {
    const name = first.slice(first.lastIndexOf('/') + 1);
    return image.kind === 'server' && SERVER_PROGRAMS.has(name) && !config.args.includes('-s') ? undefined : [...config.command, ...config.args];
  }
  const argument = config.args[0];
  if (argument === undefined && config.stdin) return ownShell(image);
  if (argument === undefined || image.entrypoint || argument.startsWith('-')) return undefined;
  return image.kind === 'server' && SERVER_PROGRAMS.has(argument) ? undefined : config.args;
}

function planOf(image: CatalogueImage, config: ContainerConfig, more: Partial<ProcessPlan>): ProcessPlan {
  return {
    exit: undefined, listensFromUs: NEVER_US, unhealthyFromUs: NEVER_US, neverReady: false, ports: config.containerPorts, httpPaths: undefined,
    stop: undefined, files: [], memoryBytes: image.memoryMi * MIB, memoryPerSecond: 0, startError: false, ...more,
  };
}

function ownProgram(image: CatalogueImage, config: ContainerConfig): ProcessPlan {
  if (image.kind === 'once') return planOf(image, config, { exit: { atUs: image.startMs * 1000, exitCode: 0, reason: 'Completed' } });
  if (image.kind === 'shell') {
    // Without input it reads nothing and ends.
    return config.stdin ? planOf(image, config, {}) : planOf(image, config, { exit: { atUs: image.startMs * 1000, exitCode: 0, reason: 'Completed' } });
  }
  if (image.requiresEnv && !image.requiresEnv.some((name) => config.envNames.includes(name))) {
    return planOf(image, config, { exit: { atUs: GIVES_UP_US, exitCode: 1, reason: 'Error' } });
  }
  return planOf(image, config, {
    listensFromUs: image.startMs * 1000, ports: [...image.ports, ...config.containerPorts], httpPaths: servedPaths(image, config),
    stop: image.stop ? { exitCode: image.stop.exitCode, afterUs: image.stop.afterMs * 1000 } : undefined,
    unhealthyFromUs: config.args[0] === 'liveness' ? 10_000_000 : NEVER_US,
  });
}

/** Mounted content or configuration may serve any path. */
function servedPaths(image: CatalogueImage, config: ContainerConfig): readonly string[] | undefined {
  return config.mountPaths.some((path) => !path.startsWith('/var/run/secrets/') && /html|htdocs|nginx|apache|httpd|www/.test(path)) ? undefined : image.httpPaths;
}

/** What a container's own process finds. */
function hostOf(image: CatalogueImage, config: ContainerConfig, input: ProcessInput): ShellHost {
  return {
    startUs: 0, files: [], listening: () => false, input, hostname: config.hostname, mounts: config.mountPaths, hasTar: image.bare !== true,
    ...(config.tty && { prompt: promptOf(image) }),
  };
}

function planCommand(image: CatalogueImage, config: ContainerConfig, argv: readonly string[], input: ProcessInput): ProcessPlan {
  const run = runCommand(argv, hostOf(image, config, input));
  const shared = { files: run.files, memoryBytes: image.memoryMi * MIB + run.memoryBytes, stop: stopOf(argv, run) };
  if (run.serving) {
    return planOf(image, config, { ...shared, listensFromUs: run.serving.atUs + image.startMs * 1000, ports: [...run.serving.ports, ...config.containerPorts] });
  }
  if (run.end === undefined) return planOf(image, config, shared);
  const { atUs, exitCode } = run.end;
  return planOf(image, config, { ...shared, exit: { atUs, exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' } });
}

/** A plain `sleep` or a shell as PID 1 has no handler for SIGTERM; servers do, and so do shells that trap it. */
function stopOf(argv: readonly string[], run: ShellRun): ProcessPlan['stop'] {
  if (run.serving) return DEFAULT_STOP;
  const program = argv[0] ?? '';
  const isShell = SHELL_PROGRAMS.has(program.slice(program.lastIndexOf('/') + 1));
  return isShell && argv.some((word) => /\btrap\b/.test(word)) ? { exitCode: 0, afterUs: 30_000 } : undefined;
}

function withBehavior(plan: ProcessPlan, behavior: Behavior): ProcessPlan {
  let next = plan;
  if (behavior.exit && (!next.exit || behavior.exit.afterUs <= next.exit.atUs)) {
    const { code, afterUs } = behavior.exit;
    next = { ...next, exit: { atUs: afterUs, exitCode: code, reason: code === 0 ? 'Completed' : 'Error' } };
  }
  if (behavior.readyAfterUs !== undefined) next = { ...next, listensFromUs: behavior.readyAfterUs };
  if (behavior.neverReady) next = { ...next, neverReady: true };
  if (behavior.unhealthyAfterUs !== undefined) next = { ...next, unhealthyFromUs: behavior.unhealthyAfterUs };
  if (behavior.ignoresTerm) next = { ...next, stop: undefined };
  if (behavior.startError) next = { ...next, startError: true };
  return next;
}

/** The kernel's OOM killer ends the process (SIGKILL: 137) when it passes the cgroup's memory.max. */
function withMemory(plan: ProcessPlan, behavior: Behavior, limitBytes: number): ProcessPlan {
  const memoryBytes = behavior.memoryBytes ?? plan.memoryBytes;
  const next: ProcessPlan = { ...plan, memoryBytes, memoryPerSecond: behavior.memoryPerSecond };
  if (limitBytes <= 0) return next;
  const atUs = memoryBytes > limitBytes ? 50_000 : behavior.memoryPerSecond > 0 ? Math.ceil(((limitBytes - memoryBytes) / behavior.memoryPerSecond) * 1_000_000) : NEVER_US;
  if (atUs >= (next.exit?.atUs ?? NEVER_US)) return next;
  return { ...next, exit: { atUs, exitCode: 137, reason: 'OOMKilled' } };
}

/** Memory in use `sinceUs` after the start, in bytes. */
export function memoryAt(plan: ProcessPlan, sinceUs: number): number {
  return plan.memoryBytes + Math.round((plan.memoryPerSecond * sinceUs) / 1_000_000);
}

export type Answer = { readonly outcome: 'answered'; readonly statusCode: number } | { readonly outcome: 'refused' };

/** What a connection to a port of the container finds `sinceUs` after its start. */
export function answerOf(plan: ProcessPlan, sinceUs: number, handler: 'httpGet' | 'tcpSocket' | 'grpc', port: number, path: string): Answer {
  if (sinceUs < plan.listensFromUs || !plan.ports.includes(port)) return { outcome: 'refused' };
  const failing = plan.neverReady || sinceUs >= plan.unhealthyFromUs;
  if (handler === 'tcpSocket') return failing ? { outcome: 'refused' } : { outcome: 'answered', statusCode: 200 };
  if (plan.neverReady) return { outcome: 'answered', statusCode: 503 };
  if (failing) return { outcome: 'answered', statusCode: 500 };
  if (handler === 'httpGet' && plan.httpPaths && !plan.httpPaths.includes(path.split('?')[0] ?? '')) return { outcome: 'answered', statusCode: 404 };
  return { outcome: 'answered', statusCode: 200 };
}

/** A line that a process printed, counted from its start. */
export interface PrintedLine { readonly atUs: number; readonly text: string }

/** What the process has printed until `untilUs` after its start: worked out anew whenever somebody asks. */
export function printedParts(image: CatalogueImage, config: ContainerConfig, startedUnixUs: number, untilUs: number, input = inputOf(config)): readonly PrintedPart[] {
  const argv = argvOf(image, config);
  if (argv === undefined) return [];
  return runCommand(argv, { ...hostOf(image, config, input), startedUnixUs, record: { untilUs } }).parts.filter(({ atUs }) => atUs <= untilUs);
}

/** The same as the lines of a log. */
export function printedBy(image: CatalogueImage, config: ContainerConfig, startedUnixUs: number, untilUs: number, input = inputOf(config)): readonly PrintedLine[] {
  const lines: PrintedLine[] = [];
  let rest = '';
  let atUs = 0;
  for (const part of printedParts(image, config, startedUnixUs, untilUs, input)) {
    const whole = (rest + part.text).split('\n');
    rest = whole.pop() ?? '';
    atUs = part.atUs;
    for (const text of whole) lines.push({ atUs, text });
  }
  if (rest !== '') lines.push({ atUs, text: rest });
  return lines;
}

/**
 * Runs a command in the container, as ExecSync does, `sinceUs` after its start. A container that was told to be
 * unhealthy fails the commands of probes.
 */
export function execIn(plan: ProcessPlan, files: readonly FileEvent[], sinceUs: number, command: readonly string[], isProbe: boolean, more: Partial<ShellHost> = {}): ShellRun {
  const host: ShellHost = {
    startUs: sinceUs, files,
    listening: (atUs) => atUs >= plan.listensFromUs && atUs < plan.unhealthyFromUs && !plan.neverReady, ...more,
  };
  const run = runCommand(command, host);
  const failing = isProbe && (plan.neverReady || sinceUs >= plan.unhealthyFromUs);
  if (!failing || run.end === undefined || run.end.exitCode !== 0) return run;
  return { ...run, end: { atUs: run.end.atUs, exitCode: 1 } };
}
