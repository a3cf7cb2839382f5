// npm run -s kubectl -- [--state FILE] ARGS…: the kubectl of the page on the command line. With --stdio-json instead of ARGS
// it reads one command a line, {args, stdin?, files?, now?, reset?}, and writes {stdout, stderr, exitCode}; what one command
// changed is there for the next, until `reset`.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseTime } from '../base/time.ts';
import type { FileText, RunOutput } from '../kubectl/messages.ts';
import { runToEnd } from '../kubectl/run-to-end.ts';
import { type State, readState } from './state-file.ts';
import { WorldServer } from './world-server.ts';

interface Asked {
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** What the clock shows, in RFC 3339; never earlier than it was. */
  readonly now?: string;
  readonly reset?: boolean;
}

/** Without a state: three machines and all components. With one: what it holds, and nobody but the API server. */
class Cluster {
  private readonly state: State | undefined;
  private world: WorldServer | undefined;
  /** Microseconds since 1970 at the world's virtual time 0. */
  private epochUs = 0;

  constructor(state: State | undefined) {
    this.state = state;
  }

  run({ args, stdin = '', files = {}, now, reset }: Asked): Pick<RunOutput, 'stdout' | 'stderr' | 'exitCode'> {
    const unixUs = parseTime(now ?? '') ?? this.state?.unixUs ?? Date.now() * 1000;
    if (reset) this.world = undefined;
    const world = this.world ??= this.start(unixUs);
    const behindUs = unixUs - this.epochUs - world.kernel.nowUs;
    if (now !== undefined && behindUs > 0) world.advance(behindUs);
    const texts: FileText[] = [{ name: '-', text: stdin }, ...Object.entries(files).map(([name, text]) => ({ name, text }))];
    const { stdout, stderr, exitCode } = runToEnd(world.kernel, args, texts);
    return { stdout, stderr, exitCode };
  }

  private start(unixUs: number): WorldServer {
    const nodes = ['node-1', 'node-2', 'node-3'].map((name) => ({ name, cpu: '4', memory: '8Gi', pods: 110, zone: '' }));
    const world = new WorldServer(this.state
      ? { seed: 1, components: ['apiserver'], options: {}, nodes: [], state: { ...this.state, unixUs } }
      : { seed: 1, components: ['apiserver', 'controller-manager', 'scheduler', 'nodes'], options: {}, nodes, unixUs });
    this.epochUs = world.kernel.config.epochUs;
    return world;
  }
}

/** The files that a command line names, as far as they are there: kubectl itself says which are not. */
function filesOf(args: readonly string[]): Readonly<Record<string, string>> {
  const named = args.flatMap((arg, i) => (arg === '-f' || arg === '--filename' ? args[i + 1] ?? '' : /^(?:-f|--filename=)(.*)$/.exec(arg)?.[1] ?? '').split(','));
  const found = named.filter((name) => name !== '' && name !== '-').map((name): readonly [string, string] | undefined => {
    try {
      return [name, readFileSync(name, 'utf8')];
    } catch {
      return undefined;
    }
  });
  return Object.fromEntries(found.filter((entry) => entry !== undefined));
}

async function answerLines(cluster: Cluster): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== '') process.stdout.write(`${JSON.stringify(cluster.run(JSON.parse(line) as Asked))}\n`);
  }
}

function runOnce(cluster: Cluster, args: readonly string[]): void {
  const stdin = args.includes('-') ? readFileSync(0, 'utf8') : '';
  const { stdout, stderr, exitCode } = cluster.run({ args, stdin, files: filesOf(args) });
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
}

/** Our own options stand before kubectl's. */
function main(argv: readonly string[]): Promise<void> | void {
  const [option, file = '', ...rest] = argv;
  if (option === '--state' && file === '') throw new Error('--state takes a file');
  const cluster = new Cluster(option === '--state' ? readState(file) : undefined);
  const args = option === '--state' ? rest : argv;
  return args[0] === '--stdio-json' ? answerLines(cluster) : runOnce(cluster, args);
}

await main(process.argv.slice(2));
