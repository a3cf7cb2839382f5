// The HTTP façade under load: a client in this process, `serve` in another one. Both share what cores there are.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { build } from 'esbuild';
import { Connection, WatchStream } from './http-client.ts';
import type { Benchmark, Reading } from './lib.ts';

const SERVER = '.cache/bench/serve.mjs';
const WATCHES = 1_000;
const NAMESPACES = 100;
const OBJECTS = 10;
const CONNECTIONS = 64;
const REQUESTS_PER_SECOND = 5_000;
const SECONDS = 60;
const TICK_MS = 5;
const SETTLE_MS = 5_000;
/** Of a hundred requests: this many writes, each of which ten watchers see, this many lists, and reads of one object. */
const WRITES = 10;
const LISTS = 2;
const P99_MS = 1_000;
/** What the data takes: 30,000 versions of objects, which etcd keeps until it compacts, and the last messages of the trace. */
const GROWTH_MIB = 200;
/** The server tells its live heap in MiB when it is asked by a signal. */
const TELLS_HEAP = "data:text/javascript,process.on('SIGUSR2',()=>{gc();console.log('heap',process.memoryUsage().heapUsed/2**20)})";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

async function startServer(port: number): Promise<ChildProcess> {
  await build({
    entryPoints: ['src/server/serve-cli.ts'], outfile: SERVER, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const server = spawn(process.execPath, ['--expose-gc', '--import', TELLS_HEAP, SERVER, '--port', String(port), '--components', 'apiserver'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    server.stdout.once('data', () => resolve());
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return server;
}

function liveHeapMiB(server: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    server.stdout?.once('data', (text: Buffer) => resolve(Number(text.toString().split(' ')[1])));
    server.kill('SIGUSR2');
  });
}

class Load {
  readonly latenciesMs: number[] = [];
  failures = 0;
  private readonly connections: readonly Connection[];
  private readonly watches: WatchStream[] = [];
  /** Writes that were answered, by namespace. */
  private readonly written = Array.from({ length: NAMESPACES }, () => 0);
  private sent = 0;
  private readonly port: number;

  constructor(port: number) {
    this.port = port;
    this.connections = Array.from({ length: CONNECTIONS }, () => new Connection(port));
  }

  async prepare(): Promise<void> {
    for (let i = 0; i < NAMESPACES; i++) {
      await this.ask(i, 'POST', '/api/v1/namespaces', JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `load-${i}` } }));
      for (let j = 0; j < OBJECTS; j++) await this.ask(i, 'POST', configMaps(i), JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${j}` }, data: { n: '0' } }));
    }
    const version = 'watch=true&resourceVersion=0&sendInitialEvents=false&resourceVersionMatch=NotOlderThan';
    await Promise.all(Array.from({ length: WATCHES }, (_, i) => new Promise<void>((resolve) => {
      this.watches.push(new WatchStream(this.port, `${configMaps(i % NAMESPACES)}?${version}`, resolve));
    })));
  }

  /** Requests at a steady pace, whether or not the server keeps up. Milliseconds of wall clock until all were answered. */
  async run(seconds: number): Promise<number> {
    const startMs = performance.now();
    const total = seconds * REQUESTS_PER_SECOND;
    while (this.sent < total) {
      const due = Math.min(total, Math.floor(((performance.now() - startMs) / 1000) * REQUESTS_PER_SECOND));
      while (this.sent < due) this.request(this.sent++, startMs);
      await sleep(TICK_MS);
    }
    while (this.connections.some(({ backlog }) => backlog > 0)) await sleep(TICK_MS);
    return performance.now() - startMs;
  }

  /** Events that did not come, or came too often, and watches that broke. */
  lost(): number {
    return this.watches.reduce((sum, { events, isOpen }, i) => sum + Math.abs((this.written[i % NAMESPACES] ?? 0) - events) + Number(!isOpen), 0);
  }

  close(): void {
    for (const each of [...this.connections, ...this.watches]) each.close();
  }

  private request(index: number, startMs: number): void {
    const namespace = index % NAMESPACES;
    const object = `${configMaps(namespace)}/c${Math.floor(index / NAMESPACES) % OBJECTS}`;
    const dueMs = startMs + (index / REQUESTS_PER_SECOND) * 1000;
    const turn = Math.floor(index / NAMESPACES + index * 7) % 100;
    const isWrite = turn < WRITES;
    const done = (status: number): void => {
      this.latenciesMs.push(performance.now() - dueMs);
      if (status !== 200) this.failures++;
      else if (isWrite) this.written[namespace] = (this.written[namespace] ?? 0) + 1;
    };
    const connection = this.connections[index % CONNECTIONS] as Connection;
    if (isWrite) connection.send('PATCH', object, `{"data":{"n":"${index + 1}"}}`, 'application/merge-patch+json', done);
    else connection.send('GET', turn < WRITES + LISTS ? `${configMaps(namespace)}?limit=${OBJECTS}` : object, '', '', done);
  }

  private ask(connection: number, method: string, path: string, body: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.connections[connection % CONNECTIONS]?.send(method, path, body, 'application/json', (status) => (status < 300 ? resolve() : reject(new Error(`${method} ${path}: ${status}`))));
    });
  }
}

const configMaps = (namespace: number): string => `/api/v1/namespaces/load-${namespace}/configmaps`;

async function measure(): Promise<Reading> {
  const port = 20_000 + (process.pid % 20_000);
  const server = await startServer(port);
  const load = new Load(port);
  try {
    await load.prepare();
    const beforeMiB = await liveHeapMiB(server);
    const ms = await load.run(SECONDS);
    await sleep(SETTLE_MS);
    if (load.failures > 0) throw new Error(`${load.failures} requests failed`);
    const sorted = load.latenciesMs.sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
    return {
      value: (SECONDS * REQUESTS_PER_SECOND) / (ms / 1000),
      further: [
        { name: `${NAME}, events lost by ${WATCHES.toLocaleString('en')} watches`, unit: 'events', limit: 0, better: 'lower', value: load.lost() },
        { name: `${NAME}, median latency`, unit: 'ms', better: 'lower', value: at(0.5) },
        { name: `${NAME}, latency of 99 %`, unit: 'ms', limit: P99_MS, better: 'lower', value: at(0.99) },
        { name: `${NAME}, growth of the server's live heap`, unit: 'MiB', limit: GROWTH_MIB, better: 'lower', value: (await liveHeapMiB(server)) - beforeMiB },
      ],
    };
  } finally {
    load.close();
    server.kill();
  }
}

const NAME = `API load for ${SECONDS} s`;

export const benchmarks: readonly Benchmark[] = [
  // Pace is kept by the client: a server that keeps up answers as many as are sent.
  { name: NAME, unit: 'requests/s', limit: REQUESTS_PER_SECOND * 0.98, better: 'higher', run: measure },
];
