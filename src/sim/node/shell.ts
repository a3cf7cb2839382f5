// Runs commands and little scripts on virtual time: when they end and how, which files they make, what they print.
// There is no file system and no network: only what sleeping, exiting, touching and listening programs need.
import { formatDate } from '../../base/time.ts';
import { parseDurationUs } from './behavior.ts';
import { parseShell } from './shell-parser.ts';
import type { ShellNode } from './shell-parser.ts';

/** A file that a process made, from when to when it is there; times count from the start of the process. */
export interface FileSpan { readonly path: string; readonly fromUs: number; readonly untilUs: number }

/** What commands can find out about their container. */
export interface ShellHost {
  /** When the command starts, counted from the start of the container's process. */
  readonly startUs: number;
  readonly files: readonly FileSpan[];
  /** Whether the container's own program answers at that time. */
  readonly listening: (atUs: number) => boolean;
  /** When the container's process started, in microseconds since 1970; what `date` prints follows from it. */
  readonly startedUnixUs?: number;
  /** To be told every printed line until then: what a log holds. */
  readonly record?: { readonly untilUs: number };
}

/** A line that a process printed, counted from its start. */
export interface PrintedLine { readonly atUs: number; readonly text: string }

export interface ShellRun {
  /** Undefined: it runs until it is stopped. */
  readonly end: { readonly atUs: number; readonly exitCode: number } | undefined;
  readonly files: readonly FileSpan[];
  readonly output: string;
  /** Set when a server program took the foreground. */
  readonly serving: { readonly atUs: number; readonly ports: readonly number[] } | undefined;
  readonly memoryBytes: number;
  /** It told the container's process to end (`nginx -s quit`, `kill 1`). */
  readonly stopsMain: boolean;
  /** Only with `record`. */
  readonly lines: readonly PrintedLine[];
}

/** A running command is followed this far; what loops longer loops for ever. */
const HORIZON_US = 31 * 86_400_000_000;
const LOOPS_MAX = 2_000;
/** A log is followed further than what only has to be known to go on for ever. */
const RECORDED_LOOPS_MAX = 200_000;
const COMMAND_US = 3_000;
/** A program that is not known takes this long and succeeds. */
const UNKNOWN_COMMAND_US = 50_000;

export function runCommand(argv: readonly string[], host: ShellHost): ShellRun {
  const machine = new Machine(host);
  const exitCode = machine.command(argv);
  return machine.result(exitCode);
}

class Machine {
  private readonly host: ShellHost;
  private nowUs: number;
  private files: FileSpan[];
  private output = '';
  private readonly lines: PrintedLine[] = [];
  private exitCode: number | undefined;
  private forever = false;
  private breaking = false;
  private serving: { atUs: number; ports: readonly number[] } | undefined;
  private memoryBytes = 0;
  private stopsMain = false;

  constructor(host: ShellHost) {
    this.host = host;
    this.nowUs = host.startUs;
    this.files = [...host.files];
  }

  result(exitCode: number): ShellRun {
    const end = this.forever ? undefined : { atUs: this.nowUs, exitCode: this.exitCode ?? exitCode };
    return { end, files: this.files, output: this.output, serving: this.serving, memoryBytes: this.memoryBytes, stopsMain: this.stopsMain, lines: this.lines };
  }

  private get over(): boolean {
    return this.forever || this.breaking || this.exitCode !== undefined || this.nowUs > (this.host.record?.untilUs ?? Infinity);
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

  private plain(node: Extract<ShellNode, { kind: 'command' }>): number {
    for (const path of node.creates) this.touch(path);
    if (node.background) {
      const beganUs = this.nowUs;
      const code = this.command(node.words);
      if (!this.serving) this.forever = false;
      this.nowUs = beganUs;
      return code;
    }
    return this.command(node.words, node.creates.length > 0);
  }

  command(words: readonly string[], quiet = false): number {
    const first = words.findIndex((word) => !/^\w+=/.test(word));
    if (first < 0) return 0;
    const [program = '', ...args] = words.slice(first);
    const name = program.slice(program.lastIndexOf('/') + 1);
    this.nowUs += COMMAND_US;
    switch (name) {
      case 'sh': case 'bash': case 'ash': case 'dash': return this.shell(args);
      case 'exec': case 'command': case 'env': case 'nohup': case 'time': case 'tini': case 'dumb-init': case 'setsid':
        return this.command(args.filter((word) => word !== '--'));
      case 'timeout': return this.timeout(args);
      case 'sleep': return this.sleep(args);
      case 'exit': case 'return': return this.exit(args[0]);
      case 'true': case ':': case 'set': case 'export': case 'trap': case 'cd': case 'umask': case 'wait': case 'shift': return 0;
      case 'false': return 1;
      case 'echo': case 'printf': return this.print(args.filter((word) => word !== '-n' && word !== '-e').join(' '), quiet);
      case 'date': return this.print(this.date(), quiet);
      case 'whoami': return this.print('root', quiet);
      case 'pwd': return this.print('/', quiet);
      case 'tar': return this.print('sh: tar: not found', false) + 127;
      case 'touch': case 'mkdir': args.filter((word) => !word.startsWith('-')).forEach((path) => this.touch(path)); return 0;
      case 'rm': args.filter((word) => !word.startsWith('-')).forEach((path) => this.remove(path)); return 0;
      case 'cat': case 'ls': case 'stat': case 'head': return this.read(name, args);
      case 'tail': return this.tail(args);
      case 'test': case '[': case '[[': return this.test(args);
      case 'kill': case 'pkill': case 'killall': return this.kill(args);
      case 'stress': case 'stress-ng': return this.stress(args);
      case 'break': this.breaking = true; return 0;
      default: return this.program(name, args);
    }
  }

  private shell(args: readonly string[]): number {
    const flag = args.findIndex((word) => /^-[a-z]*c[a-z]*$/.test(word));
    if (flag < 0) return 0;
    return this.run(parseShell(args[flag + 1] ?? ''));
  }

  private sleep(args: readonly string[]): number {
    if (args[0] === 'infinity' || args[0] === 'inf') this.forever = true;
    const totalUs = args.map(parseDurationUs).reduce<number>((sum, us) => sum + (us ?? 0), 0);
    this.nowUs += totalUs;
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

  private print(text: string, quiet: boolean): number {
    if (quiet) return 0;
    if (this.host.record) this.lines.push({ atUs: this.nowUs, text: this.dated(text) });
    else if (this.output.length < 10_240) this.output += `${this.dated(text)}\n`;
    return 0;
  }

  /** Of all expansions only `$(date)` is made. */
  private dated(text: string): string {
    return text.includes('date') ? text.replaceAll(/\$\(date[^)]*\)|`date[^`]*`/g, this.date()) : text;
  }

  private date(): string {
    return formatDate((this.host.startedUnixUs ?? 0) + this.nowUs);
  }

  private exists(path: string): boolean {
    return this.files.some((file) => file.path === path && file.fromUs <= this.nowUs && this.nowUs < file.untilUs);
  }

  private touch(path: string): void {
    if (!this.exists(path) && this.files.length < 1_000) this.files.push({ path, fromUs: this.nowUs, untilUs: HORIZON_US * 1_000 });
  }

  private remove(path: string): void {
    this.files = this.files.map((file) => (file.path === path && file.untilUs > this.nowUs ? { ...file, untilUs: Math.max(file.fromUs, this.nowUs) } : file));
  }

  /** Files that no command made are taken to be there, unless under /tmp, /run and /var/run, which begin empty. */
  private found(path: string): boolean {
    return this.exists(path) || (!/^\/(?:tmp|run|var\/run)\//.test(path) && !this.files.some((file) => file.path === path));
  }

  private read(name: string, args: readonly string[]): number {
    const missing = args.find((word) => !word.startsWith('-') && !this.found(word));
    if (missing === undefined) return 0;
    this.print(name === 'cat' ? `cat: can't open '${missing}': No such file or directory` : `${name}: ${missing}: No such file or directory`, false);
    return 1;
  }

  private tail(args: readonly string[]): number {
    if (args.some((word) => /^-\w*[fF]/.test(word))) this.forever = true;
    return this.forever ? 0 : this.read('tail', args);
  }

  /** Only tests on files are followed; the others count as true. */
  private test(args: readonly string[]): number {
    const negated = args[0] === '!';
    const [operator = '', path = ''] = negated ? args.slice(1) : args;
    if (!/^-[efdrsx]$/.test(operator)) return 0;
    return this.found(path) === negated ? 1 : 0;
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
    if (limitUs === undefined) this.forever = true;
    else this.nowUs += limitUs;
    return 0;
  }

  private program(name: string, args: readonly string[]): number {
    const answers = this.host.listening(this.nowUs);
    switch (name) {
      case 'redis-cli': return answers ? this.print('PONG', false) : this.print('Could not connect to Redis at 127.0.0.1:6379: Connection refused', false) + 1;
      case 'pg_isready': return this.print(`/var/run/postgresql:5432 - ${answers ? 'accepting connections' : 'no response'}`, false) + (answers ? 0 : 2);
      case 'mysqladmin': case 'mariadb-admin': case 'healthcheck.sh': case 'mongosh': return answers ? 0 : 1;
      case 'curl': case 'wget': return this.fetch(name, args, answers);
      case 'nginx': return this.nginx(args);
      case 'python': case 'python3': return this.python(args);
      case 'perl': this.nowUs += 5_000_000; return 0;
      case 'ping': if (!args.includes('-c')) this.forever = true; else this.nowUs += 3_000_000; return 0;
      case 'nc': if (args.some((word) => /^-\w*l/.test(word))) this.serve([Number(args.findLast((word) => /^\d+$/.test(word)) ?? 0)]); return 0;
      case 'httpd': if (args.includes('-f')) this.serve([Number(args[args.indexOf('-p') + 1]) || 80]); return 0;
      default: this.nowUs += UNKNOWN_COMMAND_US; return 0;
    }
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
