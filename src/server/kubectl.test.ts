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

  it('is a script of more than sixty commands', () => expect(script.length).toBeGreaterThan(60));
});
