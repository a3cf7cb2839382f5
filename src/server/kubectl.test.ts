// Real kubectl, command by command, against `npm run serve`. Every line is one command with its exit code and what it prints.
import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKubectl, versionOf } from '../../tools/find-kubectl.mjs';
import { DIFFERENT, WEB, script } from './testing/kubectl-script.ts';
import { Kubectl, startServe } from './testing/kubectl.ts';

const path = findKubectl();
if (!path) console.warn('There is no real kubectl here and none can be had: its commands are not tested. KUBECTL_PATH may name one.');

/** What was wanted, if the text is that; else the text, for the difference to be seen. */
function asWanted(text: string, wanted: string | RegExp): string {
  return (typeof wanted === 'string' ? text === wanted : wanted.test(text)) ? String(wanted) : text;
}

describe.skipIf(!path)(`kubectl ${versionOf(path) ?? ''}`, () => {
  let kubectl: Kubectl;
  let served: ChildProcess;

  beforeAll(async () => {
    const { url, process } = await startServe(['--nodes', '3']);
    served = process;
    kubectl = new Kubectl(path ?? '', url);
    kubectl.write('web.yaml', WEB);
    kubectl.write('different.yaml', DIFFERENT);
  });
  afterAll(() => {
    served.kill();
    kubectl.remove();
  });

  for (const [index, step] of script.entries()) {
    const args = typeof step.run === 'string' ? step.run.split(' ') : step.run;
    it(`${index + 1}. ${args.join(' ')}`, async () => {
      for (const [name, text] of Object.entries(step.files ?? {})) kubectl.write(name, text);
      const { exitCode, stdout, stderr } = await kubectl.run(args, step);
      const [out, err, exit] = [step.out ?? '', step.err ?? '', step.until === undefined ? step.exit ?? 0 : null];
      expect({ exitCode, stdout: asWanted(stdout, out), stderr: asWanted(stderr, err) }).toEqual({ exitCode: exit, stdout: String(out), stderr: String(err) });
    });
  }

  it('forwards ports to a server of the catalogue, which writes down what it was asked', async () => {
    await kubectl.run(['run', 'site', '--image=nginx:1.27']);
    await kubectl.run(['wait', '--for=condition=Ready', 'pod/site']);
    // Without a readiness probe a pod is ready before its server listens.
    await expect.poll(async () => (await kubectl.run(['logs', 'site'])).stdout).toContain('start worker processes');
    const end = new AbortController();
    const answers = await new Promise<string>((resolve, reject) => {
      const ask = async (port: string): Promise<string> => {
        const [index, none] = await Promise.all(['/', '/none'].map((path) => fetch(`http://127.0.0.1:${port}${path}`)));
        return `${index?.status} ${none?.status} ${await index?.text()}`;
      };
      void kubectl.run(['port-forward', 'pod/site', ':80'], {
        signal: end.signal, heard: (said) => {
          const port = /Forwarding from 127\.0\.0\.1:(\d+) -> 80\n/.exec(said)?.[1];
          if (port !== undefined && !said.includes('Handling')) ask(port).then(resolve, reject);
        },
      });
    });
    end.abort();
    expect(answers).toMatch(/^200 404 <html>[^]*Welcome to nginx!/);
    const { stdout } = await kubectl.run(['logs', 'site']);
    expect(stdout).toMatch(/127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/none HTTP\/1\.1" 404 \d+ "-" ".*" "-"\n/);
  });

  it('is told which port nothing listens at', async () => {
    let asked: Promise<unknown> | undefined;
    const { exitCode, stderr } = await kubectl.run(['port-forward', 'pod/site', ':81'], {
      heard: (said) => {
        const port = /Forwarding from 127\.0\.0\.1:(\d+) -> 81/.exec(said)?.[1];
        if (port !== undefined) asked ??= fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      },
    });
    await asked;
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/error forwarding port 81 to pod [0-9a-f]{64}, uid : failed to execute portforward in network namespace .*connect: connection refused[^]*error: lost connection to pod\n$/)]);
  });

  it('is a script of more than sixty commands', () => expect(script.length).toBeGreaterThan(60));
});
