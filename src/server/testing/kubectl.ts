// Real kubectl against a served world, for tests: a child process each.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Outcome { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }

export interface RunOptions { readonly stdin?: string | undefined; readonly env?: Readonly<Record<string, string>> | undefined; readonly until?: RegExp | undefined; readonly heard?: ((stdout: string) => void) | undefined; readonly signal?: AbortSignal | undefined }

/** What takes longer hangs. */
const LIMIT_MS = 120_000;

/** A folder of its own with a kubeconfig, in which one kubectl after another runs. */
export class Kubectl {
  readonly folder = mkdtempSync(join(tmpdir(), 'wheelhouse-'));
  private readonly path: string;

  constructor(path: string, server: string) {
    this.path = path;
    this.write('config', JSON.stringify({
      apiVersion: 'v1', kind: 'Config', 'current-context': 'world', clusters: [{ name: 'world', cluster: { server } }], users: [{ name: 'admin', user: {} }],
      contexts: [{ name: 'world', context: { cluster: 'world', user: 'admin' } }],
    }));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Runs a command; one that would go on for ever is ended when it has printed what it is run `until` (exit code null). */
  run(args: readonly string[], { stdin = '', env = {}, until, heard, signal }: RunOptions = {}): Promise<Outcome> {
    return new Promise((resolve) => {
      const child = spawn(this.path, args, { cwd: this.folder, env: { PATH: process.env['PATH'], HOME: this.folder, KUBECONFIG: join(this.folder, 'config'), TZ: 'UTC', ...env }, ...(signal && { signal }) });
      // An aborted command has ended as it was meant to.
      child.on('error', () => undefined);
      const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
      const output = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output.stdout += text;
        heard?.(output.stdout);
        if (until?.test(output.stdout)) child.kill('SIGKILL');
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => { output.stderr += text; });
      child.stdin.on('error', () => undefined).end(stdin);
      child.on('close', (exitCode) => {
        clearTimeout(timer);
        resolve({ exitCode, ...output });
      });
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** `npm run serve` on a free port of loopback; resolves with its address. */
export function startServe(args: readonly string[]): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/server/serve-cli.ts', '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (text: string): void => {
      said += text;
      const url = /on (http:\/\/\S+)/.exec(said)?.[1];
      if (url) resolve({ url, process: child });
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${said}`)));
  });
}
