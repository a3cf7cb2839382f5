// Runs commands and little scripts on virtual time: when they end and how, which files they make, what they read and print.
// There is no network, and of the files only those are known that some command made.
import { parseDurationUs } from './behavior.ts';
import { Files, absolute } from './shell-files.ts';
import type { FileEvent } from './shell-files.ts';
import { InputReader, NO_INPUT } from './shell-input.ts';
import type { ProcessInput, Taken } from './shell-input.ts';
import { parseShell } from './shell-parser.ts';
import type { Redirects, ShellNode } from './shell-parser.ts';
import { dateOf, runTool } from './shell-tools.ts';
import type { ToolProcess } from './shell-tools.ts';

/** What commands can find out about their container. */
export interface ShellHost {
  /** When the command starts, counted from the start of the container's process. */
  readonly startUs: number;
  readonly files: readonly FileEvent[];
  /** Whether the container's own program answers at that time. */
  readonly listening: (atUs: number) => boolean;
  /** When the container's process started, in microseconds since 1970; what `date` prints follows from it. */
  readonly startedUnixUs?: number;
  /** To be told everything that is printed until then: what a log holds, what somebody sees who waits for it. */
  readonly record?: { readonly untilUs: number };
  /** Absent: nothing can be read. */
  readonly input?: ProcessInput;
  /** Absent: the container's own process (0). */
  readonly by?: number;
  /** A terminal is at the other end: shells print their prompt. */
  readonly prompt?: string;
  readonly hostname?: string;
  readonly mounts?: readonly string[];
  /** False where the image has no tar. */
  readonly hasTar?: boolean;
}

/** Something that a process printed, counted from its start. */
export interface PrintedPart { readonly atUs: number; readonly text: string; readonly to: 'out' | 'err' }

export interface ShellRun {
  /** Undefined: it runs until it is stopped, or until more can be read. */
  readonly end: { readonly atUs: number; readonly exitCode: number } | undefined;
  /** What it did to files. */
  readonly files: readonly FileEvent[];
  readonly output: string;
  /** Set when a server program took the foreground. */
  readonly serving: { readonly atUs: number; readonly ports: readonly number[] } | undefined;
  readonly memoryBytes: number;
  /** It told the container's process to end (`nginx -s quit`, `kill 1`). */
  readonly stopsMain: boolean;
  /** Only with `record`. */
  readonly parts: readonly PrintedPart[];
}

/** A running command is followed this far; what loops longer loops for ever. */
const HORIZON_US = 31 * 86_400_000_000;
const LOOPS_MAX = 2_000;
/** A log is followed further than what only has to be known to go on for ever. */
const RECORDED_LOOPS_MAX = 200_000;
const COMMAND_US = 3_000;
/** A program that is not known takes this long and succeeds. */
const UNKNOWN_COMMAND_US = 50_000;
const OUTPUT_MAX = 10_240;
/** What a shell says of a command that Control-C ended. */
const EXIT_CODE_SIGINT = 130;
const NOT_FOUND = 127;

export function runCommand(argv: readonly string[], host: ShellHost): ShellRun {
  const machine = new Machine(host);
  const exitCode = machine.command(argv);
  return machine.result(exitCode);
}

/** Where a part of a pipeline reads and writes. */
interface Plumbing { readonly input: InputReader; readonly output: { text: string } | undefined; readonly errorsToOutput: boolean; readonly outputToErrors: boolean }

class Machine implements ToolProcess {
  readonly files: Files;
  nowUs: number;
  folder = '/';
  private readonly host: ShellHost;
  private output = '';
  private readonly parts: PrintedPart[] = [];
  private exitCode: number | undefined;
  private forever = false;
  private breaking = false;
  /** Nothing more can be read yet. */
  private waiting = false;
  private interrupted = false;
  private muted = false;
  private interactive = false;
  private lastCode = 0;
  private plumbing: Plumbing;
  private serving: { atUs: number; ports: readonly number[] } | undefined;
  private memoryBytes = 0;
  private stopsMain = false;

  constructor(host: ShellHost) {
    this.host = host;
    this.nowUs = host.startUs;
    this.files = new Files(host.files, host.by ?? 0, host.mounts ?? []);
    this.plumbing = { input: new InputReader(host.input ?? NO_INPUT), output: undefined, errorsToOutput: false, outputToErrors: false };
  }

  result(exitCode: number): ShellRun {
    const end = this.forever || this.waiting ? undefined : { atUs: this.nowUs, exitCode: this.exitCode ?? (this.interrupted ? EXIT_CODE_SIGINT : exitCode) };
    return { end, files: this.files.made, output: this.output, serving: this.serving, memoryBytes: this.memoryBytes, stopsMain: this.stopsMain, parts: this.parts };
  }

  get hostname(): string {
    return this.host.hostname ?? 'localhost';
  }

  get startedUnixUs(): number {
    return this.host.startedUnixUs ?? 0;
  }

  get hasTar(): boolean {
    return this.host.hasTar ?? true;
  }

  get over(): boolean {
    return this.forever || this.waiting || this.interrupted || this.breaking || this.exitCode !== undefined || this.nowUs > (this.host.record?.untilUs ?? Infinity);
  }

  /** True if the loop that is running was left by `break`. */
  private broken(): boolean {
    const broken = this.breaking;
    this.breaking = false;
    return broken;
  }

  private run(node: ShellNode): number {
    if (this.over) return 0;
    switch (node.kind) {
      case 'command': return this.plain(node);
      case 'pipe': return this.pipe(node.nodes);
      case 'sequence': return this.sequence(node);
      case 'not': return this.run(node.node) === 0 ? 1 : 0;
      case 'while': return this.loop(node);
      case 'for': {
        let code = 0;
        for (let i = 0; i < node.count && !this.over; i++) code = this.run(node.body);
        return this.broken() ? 0 : code;
      }
      case 'if': return this.run(node.condition) === 0 ? this.run(node.body) : node.otherwise ? this.run(node.otherwise) : 0;
    }
  }

  /** One after the other: what one prints is what the next reads. */
  private pipe(nodes: readonly ShellNode[]): number {
    const outer = this.plumbing;
    let [input, code] = [outer.input, 0];
    for (const [i, node] of nodes.entries()) {
      const output = i < nodes.length - 1 ? { text: '' } : outer.output;
      this.plumbing = { ...outer, input, output };
      code = this.run(node);
      // What waits or never ends has printed all that can be passed on.
      if (output && output !== outer.output) input = new InputReader({ parts: [{ atUs: this.nowUs, text: output.text }], endUs: this.nowUs });
    }
    this.plumbing = outer;
    return code;
  }

  private sequence(node: Extract<ShellNode, { kind: 'sequence' }>): number {
    let code = 0;
    for (const item of node.items) {
      if (this.over) break;
      if (item.when === 'always' || (item.when === 'ok') === (code === 0)) code = this.run(item.node);
    }
    return code;
  }

  private loop(node: Extract<ShellNode, { kind: 'while' }>): number {
    const startUs = this.nowUs;
    const loopsMax = this.host.record ? RECORDED_LOOPS_MAX : LOOPS_MAX;
    for (let i = 0; i < loopsMax && this.nowUs < HORIZON_US; i++) {
      if ((this.run(node.condition) === 0) === node.until || this.over) return 0;
      this.run(node.body);
      if (this.broken() || this.over) return 0;
    }
    // A loop that took no time is one whose condition cannot be followed here: let it end. Others go on and on.
    if (this.nowUs - startUs > LOOPS_MAX * COMMAND_US * 2) this.forever = true;
    return 0;
  }

  private plain({ words, redirects, background }: Extract<ShellNode, { kind: 'command' }>): number {
    const outer = this.plumbing;
    const beganUs = this.nowUs;
    const file = redirects.output && { text: '' };
    const missing = redirects.input === undefined ? undefined : this.readFrom(redirects.input);
    if (missing !== undefined) {
      this.emit(`${missing}\n`, 'err');
      return 1;
    }
    this.plumbing = { ...this.plumbing, ...(file && { output: file }), errorsToOutput: redirects.errorsToOutput || outer.errorsToOutput, outputToErrors: redirects.outputToErrors || outer.outputToErrors };
    if (redirects.errors && redirects.errors.path !== '/dev/null') this.store(redirects.errors, '');
    const code = words.length === 0 ? 0 : this.command(words, redirects.errors !== undefined);
    this.plumbing = outer;
    if (file && redirects.output) this.store(redirects.output, file.text);
    if (background) {
      if (!this.serving) this.forever = false;
      this.nowUs = beganUs;
    }
    return code;
  }

  /** `< file`: what is missing, if it is. */
  private readFrom(name: string): string | undefined {
    const path = absolute(name, this.folder);
    if (!this.files.exists(path, this.nowUs)) return `sh: can't open ${name}: no such file`;
    this.plumbing = { ...this.plumbing, input: new InputReader({ parts: [{ atUs: this.nowUs, text: this.files.contentOf(path, this.nowUs) ?? '' }], endUs: this.nowUs }) };
    return undefined;
  }

  /** What a command printed goes into a file; programs that are not simulated leave one whose content nobody knows. */
  private store({ path: name, append }: NonNullable<Redirects['output']>, text: string): void {
    const path = absolute(name, this.folder);
    if (path === '/dev/stdout' || path === '/dev/stderr') return this.emit(text, path === '/dev/stderr' ? 'err' : 'out');
    if (path.startsWith('/dev/') || path.startsWith('/proc/')) return;
    const before = append ? this.files.contentOf(path, this.nowUs) ?? '' : '';
    this.files.write(path, before + text, this.nowUs);
  }

  command(words: readonly string[], noErrors = false): number {
    const first = words.findIndex((word) => !/^\w+=/.test(word));
    if (first < 0) return 0;
    const [program = '', ...args] = words.slice(first);
    const name = program.slice(program.lastIndexOf('/') + 1);
    this.nowUs += COMMAND_US;
    const outer = this.muted;
    this.muted = noErrors || outer;
    const code = this.builtin(name, args) ?? runTool(name, args, this) ?? this.program(name, args);
    this.muted = outer;
    this.lastCode = code;
    return code;
  }

  /** What a shell does itself, and what ends, waits or starts other programs. */
  private builtin(name: string, args: readonly string[]): number | undefined {
    switch (name) {
      case 'sh': case 'bash': case 'ash': case 'dash': return this.shell(args);
      case 'exec': case 'command': case 'env': case 'nohup': case 'time': case 'tini': case 'dumb-init': case 'setsid':
        return this.command(args.filter((word) => word !== '--'));
      case 'timeout': return this.timeout(args);
      case 'sleep': return this.sleep(args);
      case 'exit': case 'return': return this.exit(args[0]);
      case 'true': case ':': case 'set': case 'export': case 'trap': case 'umask': case 'wait': case 'shift': return 0;
      case 'false': return 1;
      case 'cd': return this.changeFolder(args[0] ?? '/');
      case 'test': case '[': case '[[': return this.test(args);
      case 'kill': case 'pkill': case 'killall': return this.kill(args);
      case 'break': this.breaking = true; return 0;
      case 'stress': case 'stress-ng': return this.stress(args);
      default: return undefined;
    }
  }

  // ---- streams ----

  emit(text: string, to: 'out' | 'err' = 'out'): void {
    const { output, errorsToOutput, outputToErrors } = this.plumbing;
    const goesOut = to === 'out' ? !outputToErrors : errorsToOutput;
    if (text === '' || (!goesOut && to === 'err' && this.muted)) return;
    if (goesOut && output) output.text += text;
    else if (this.host.record) this.parts.push({ atUs: this.nowUs, text, to: goesOut ? 'out' : 'err' });
    else if (this.output.length < OUTPUT_MAX) this.output += text;
  }

  chunk(): string | undefined {
    return this.over ? undefined : this.took(this.plumbing.input.chunk());
  }

  private took(taken: Taken): string | undefined {
    if (taken.kind === 'wait') {
      this.waiting = true;
      return undefined;
    }
    this.nowUs = Math.max(this.nowUs, taken.atUs);
    if (taken.kind === 'interrupt') this.interrupted = true;
    return taken.kind === 'text' ? taken.text : undefined;
  }

  /** Time passes, unless Control-C ends what is running. */
  private pass(us: number): void {
    const atUs = this.interactive ? this.plumbing.input.interrupt(this.nowUs, this.nowUs + us) : undefined;
    if (atUs !== undefined) this.interrupted = true;
    this.nowUs = atUs ?? this.nowUs + us;
  }

  goOn(): void {
    const atUs = this.interactive ? this.plumbing.input.interrupt(this.nowUs, Infinity) : undefined;
    if (atUs === undefined) this.forever = true;
    else {
      this.interrupted = true;
      this.nowUs = atUs;
    }
  }

  // ---- shells ----

  private shell(args: readonly string[]): number {
    const flag = args.findIndex((word) => /^-[a-z]*c[a-z]*$/.test(word));
    return flag < 0 ? this.readCommands() : this.run(parseShell(args[flag + 1] ?? ''));
  }

  /** A shell that is told what to do by what it reads, line by line. */
  private readCommands(): number {
    const outer = this.interactive;
    this.interactive = true;
    let code = 0;
    for (;;) {
      if (this.host.prompt !== undefined) this.emit(this.promptNow());
      const line = this.took(this.plumbing.input.line());
      if (line !== undefined) code = this.run(parseShell(line));
      this.breaking = false;
      if (this.interrupted) {
        this.interrupted = false;
        code = EXIT_CODE_SIGINT;
      } else if (line === undefined || this.over) break;
      this.lastCode = code;
    }
    this.interactive = outer;
    return code;
  }

  /** busybox shows the folder. */
  private promptNow(): string {
    return (this.host.prompt ?? '').replace('/', this.folder);
  }

  private changeFolder(name: string): number {
    const path = absolute(name, this.folder);
    if (!this.files.isFolder(path, this.nowUs)) {
      this.emit(`sh: cd: can't cd to ${name}: No such file or directory\n`, 'err');
      return 2;
    }
    this.folder = path;
    return 0;
  }

  /** Of all expansions only these are made. */
  expand(text: string): string {
    if (!/[$`]/.test(text)) return text;
    return text.replaceAll(/\$\(date[^)]*\)|`date[^`]*`/g, () => dateOf(this)).replaceAll(/\$\?/g, String(this.lastCode)).replaceAll(/\$HOSTNAME\b|\$\{HOSTNAME\}|\$\(hostname\)/g, this.hostname);
  }

  private sleep(args: readonly string[]): number {
    const totalUs = args.map(parseDurationUs).reduce<number>((sum, us) => sum + (us ?? 0), 0);
    if (args[0] === 'infinity' || args[0] === 'inf') this.goOn();
    else this.pass(totalUs);
    return 0;
  }

  private timeout(args: readonly string[]): number {
    const limitUs = parseDurationUs(args.find((word) => !word.startsWith('-')) ?? '') ?? 0;
    const beganUs = this.nowUs;
    const code = this.command(args.slice(args.findIndex((word) => !word.startsWith('-')) + 1));
    if (!this.forever && this.nowUs - beganUs <= limitUs) return code;
    this.forever = false;
    this.nowUs = beganUs + limitUs;
    return 124;
  }

  private exit(code: string | undefined): number {
    this.exitCode = Number(code ?? 0) & 255;
    return this.exitCode;
  }

  /** Only tests on files are followed; the others count as true. */
  private test(args: readonly string[]): number {
    const negated = args[0] === '!';
    const [operator = '', path = ''] = negated ? args.slice(1) : args;
    if (!/^-[efdrsx]$/.test(operator)) return 0;
    const place = absolute(path, this.folder);
    const found = operator === '-d' ? this.files.isFolder(place, this.nowUs) : this.files.exists(place, this.nowUs);
    return found === negated ? 1 : 0;
  }

  private kill(args: readonly string[]): number {
    if (args.some((word) => word === '1' || /^[a-z]/.test(word))) this.stopsMain = true;
    return 0;
  }

  private stress(args: readonly string[]): number {
    const option = (name: string): string | undefined => args[args.indexOf(name) + 1] ?? args.find((word) => word.startsWith(`${name}=`))?.split('=')[1];
    const bytes = /^(\d+)([kKmMgG])?$/.exec(args.includes('--vm-bytes') ? option('--vm-bytes') ?? '' : '');
    if (bytes) this.memoryBytes = Number(bytes[1]) * 1024 ** ' kmg'.indexOf((bytes[2] ?? ' ').toLowerCase());
    const limitUs = args.includes('--timeout') ? parseDurationUs(option('--timeout') ?? '') : undefined;
    if (limitUs === undefined) this.goOn();
    else this.pass(limitUs);
    return 0;
  }

  private program(name: string, args: readonly string[]): number {
    const answers = this.host.listening(this.nowUs);
    switch (name) {
      case 'redis-cli': return answers ? this.say('PONG', 0) : this.say('Could not connect to Redis at 127.0.0.1:6379: Connection refused', 1);
      case 'pg_isready': return this.say(`/var/run/postgresql:5432 - ${answers ? 'accepting connections' : 'no response'}`, answers ? 0 : 2);
      case 'mysqladmin': case 'mariadb-admin': case 'healthcheck.sh': case 'mongosh': return answers ? 0 : 1;
      case 'curl': case 'wget': return this.fetch(name, args, answers);
      case 'nginx': return this.nginx(args);
      case 'python': case 'python3': return this.python(args);
      case 'perl': this.pass(5_000_000); return 0;
      case 'ping': if (!args.includes('-c')) this.goOn(); else this.pass(3_000_000); return 0;
      case 'nc': if (args.some((word) => /^-\w*l/.test(word))) this.serve([Number(args.findLast((word) => /^\d+$/.test(word)) ?? 0)]); return 0;
      case 'httpd': if (args.includes('-f')) this.serve([Number(args[args.indexOf('-p') + 1]) || 80]); return 0;
      default: return this.unknown(name);
    }
  }

  /** In a script an unknown program is somebody's own, and works; who types at a prompt is told the truth. */
  private unknown(name: string): number {
    if (this.interactive) {
      this.emit(`sh: ${name}: not found\n`, 'err');
      return NOT_FOUND;
    }
    this.nowUs += UNKNOWN_COMMAND_US;
    return 0;
  }

  private say(text: string, exitCode: number): number {
    this.emit(`${text}\n`);
    return exitCode;
  }

  private fetch(name: string, args: readonly string[], answers: boolean): number {
    const local = args.some((word) => /(?:localhost|127\.0\.0\.1)/.test(word));
    if (local && !answers) return name === 'curl' ? 7 : 1;
    return 0;
  }

  private nginx(args: readonly string[]): number {
    const signal = args[args.indexOf('-s') + 1];
    if (!args.includes('-s')) this.serve([80]);
    else if (signal === 'quit' || signal === 'stop') this.stopsMain = true;
    return 0;
  }

  private python(args: readonly string[]): number {
    const module = args[args.indexOf('-m') + 1];
    if (args.includes('-m') && (module === 'http.server' || module === 'SimpleHTTPServer')) {
      this.serve([Number(args.slice(args.indexOf('-m') + 2).find((word) => /^\d+$/.test(word)) ?? 8000)]);
    } else if (args.some((word) => word.endsWith('.py'))) this.serve([]);
    else this.nowUs += UNKNOWN_COMMAND_US;
    return 0;
  }

  private serve(ports: readonly number[]): void {
    this.serving = { atUs: this.nowUs, ports };
    this.forever = true;
  }
}
