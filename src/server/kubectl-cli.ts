// npm run -s kubectl -- [--state FILE] ARGS…: the kubectl of the page on the command line. With --stdio-json instead of ARGS
// it reads one command a line, {args, stdin?, files?, now?, reset?}, and writes {stdout, stderr, exitCode}; what one command
// changed is there for the next, until `reset`.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Asked, KubectlCluster } from './kubectl-cluster.ts';
import { readState } from './state-file.ts';

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

async function answerLines(cluster: KubectlCluster): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== '') process.stdout.write(`${JSON.stringify(cluster.run(JSON.parse(line) as Asked))}\n`);
  }
}

function runOnce(cluster: KubectlCluster, args: readonly string[]): void {
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
  const cluster = new KubectlCluster(option === '--state' ? readState(file) : undefined);
  const args = option === '--state' ? rest : argv;
  return args[0] === '--stdio-json' ? answerLines(cluster) : runOnce(cluster, args);
}

await main(process.argv.slice(2));
