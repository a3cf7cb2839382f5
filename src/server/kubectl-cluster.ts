// The kubectl of the page with a cluster of its own: one command after the other, each seeing what those before it did.
import { parseTime } from '../base/time.ts';
import type { FileText, RunOutput } from '../kubectl/messages.ts';
import { runToEnd } from '../kubectl/run-to-end.ts';
import type { State } from './state-file.ts';
import { WorldServer } from './world-server.ts';

/** A command line, and what it finds. */
export interface Asked {
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** What the clock shows, in RFC 3339; never earlier than it was. */
  readonly now?: string;
  readonly reset?: boolean;
}

/** Without a state: three machines and all components. With one: what it holds, and nobody but the API server. */
export class KubectlCluster {
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
