// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import { startTranslations } from '../../i18n/index.ts';
import { useWorld, world } from '../../view/store.ts';
import { type Command, type CommandEnvelope, type CommandOutput, PROTOCOL_VERSION, type Reply, type SessionInput, type Update } from '../../worker/protocol.ts';
import { editorPort } from './commands.ts';

startTranslations();

const NO_MARKS: Update['marks'] = {
  count: 0, id: new Float64Array(), cause: new Float64Array(), position: new Float64Array(), sentUs: new Float64Array(), deliverUs: new Float64Array(),
  from: new Uint16Array(), to: new Uint16Array(), kind: new Uint8Array(), flags: new Uint8Array(), label: new Uint16Array(), labels: [],
};

/** A world that ends each kubectl command at the next step, with what `said` holds. */
class FakeWorker {
  static said: Omit<CommandOutput, 'inputIndex'>;
  static refuse = false;
  onmessage: ((event: { readonly data: { readonly id: number; readonly reply: Reply } }) => void) | null = null;
  onerror: (() => void) | null = null;
  private inputs: SessionInput[] = [];
  private ended = false;

  postMessage({ id, command }: CommandEnvelope): void {
    setTimeout(() => this.onmessage?.({ data: { id, reply: this.answer(command) } }));
  }

  terminate(): void {
    this.onmessage = null;
  }

  private answer(command: Command): Reply {
    if (command.type === 'save') return { type: 'saved', session: { version: 1, config: { seed: 1, nodes: [], options: {} }, inputs: this.inputs, position: 0, nowUs: 0 } };
    if (command.type === 'query' && command.query.type === 'tryOut') return { type: 'tryOut', ...FakeWorker.said };
    if (command.type === 'input' && FakeWorker.refuse) return { type: 'failure', what: 'noSuchNode', detail: '' };
    if (command.type === 'open') this.inputs = [];
    if (command.type === 'undo') this.inputs = this.inputs.slice(0, -1);
    if (command.type === 'input') this.inputs = [...this.inputs, { position: 0, atUs: 0, input: command.input }];
    this.ended = command.type === 'step';
    return this.update();
  }

  private update(): Update {
    const running: CommandOutput = { inputIndex: this.inputs.length - 1, stdout: '', stderr: '', exitCode: undefined, problems: [], diffs: [] };
    const outputs = this.inputs.length === 0 ? [] : [this.ended ? { ...running, ...FakeWorker.said } : running];
    return {
      type: 'update', version: PROTOCOL_VERSION, position: 0, endPosition: 0, nowUs: 0, endUs: 0, epochUs: 0, revision: 0, full: true, truncateAfter: undefined, actors: [],
      pods: [], nodes: [], objects: [], removedPods: [], removedNodes: [], removedObjects: [], marks: NO_MARKS, beat: [], beatCount: 0, narration: undefined,
      facts: useWorld.getState().model.facts, inputs: this.inputs, outputs, quiet: true,
    };
  }
}
Object.assign(globalThis, { Worker: FakeWorker });

beforeEach(async () => {
  FakeWorker.refuse = false;
  FakeWorker.said = { stdout: '', stderr: '', exitCode: 0, problems: [], diffs: [] };
  await world.reset();
});

const request = { fileName: 'a,b.yaml', text: 'kind: Pod', dryRun: false };

test('apply sends the file and answers when the command has ended', async () => {
  FakeWorker.said = { ...FakeWorker.said, stdout: 'pod/a created\n', stderr: 'Warning: old API\n' };
  const answer = await editorPort.apply(request);
  expect(answer).toEqual({ lines: [{ text: 'pod/a created', problem: false }, { text: 'Warning: old API', problem: false }], problems: [] });
  const input = useWorld.getState().model.inputs.at(-1)?.input;
  expect(input).toEqual({ type: 'kubectl', args: ['apply', '-f', 'a_b.yaml'], files: [{ name: 'a_b.yaml', text: 'kind: Pod' }] });
});

test('a refusal keeps its places', async () => {
  const problem = { file: 'a_b.yaml', document: 0, object: 'pod/a', field: 'spec', message: 'Required value', line: 0, column: 0 };
  FakeWorker.said = { ...FakeWorker.said, stderr: 'The Pod "a" is invalid: spec: Required value', exitCode: 1, problems: [problem] };
  const answer = await editorPort.apply({ ...request, dryRun: true });
  expect(answer.problems).toEqual([problem]);
  expect(answer.lines).toEqual([{ text: 'The Pod "a" is invalid: spec: Required value', problem: true }]);
  expect(useWorld.getState().model.inputs).toEqual([]);
});

test('diff shows objects as YAML; one that is not there yet is empty', async () => {
  const merged = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'default', uid: '', resourceVersion: '', creationTimestamp: '' } };
  FakeWorker.said = { ...FakeWorker.said, exitCode: 1, diffs: [{ object: 'pod/a', live: undefined, merged }] };
  const { documents } = await editorPort.diff(request);
  expect(documents).toEqual([{ object: 'pod/a', live: '', proposed: expect.stringContaining('kind: Pod\nmetadata:\n  name: a\n') as string }]);
});

test('a world that will not do it says why, in words', async () => {
  FakeWorker.refuse = true;
  await expect(editorPort.apply(request)).rejects.toThrow('There is no such node at this moment.');
  expect(useWorld.getState().failure).toBeUndefined();
});
