// The editor's commands as kubectl commands of the world, and their answers when they have ended in virtual time.
import i18next from 'i18next';
import { useWorld, world } from '../../view/store.ts';
import type { CommandOutput, RunOutput, UserInput } from '../../worker/protocol.ts';
import type { ApplyAnswer, ApplyRequest, DiffAnswer, EditorPort } from '../editor/contract.ts';
import { definitions } from './definitions.ts';
import { takeFailure } from './failures.ts';

/** `-f` splits at commas, as kubectl's does. */
const fileOf = ({ fileName, text }: Pick<ApplyRequest, 'fileName' | 'text'>): { readonly name: string; readonly text: string } => ({ name: fileName.replaceAll(',', '_'), text });

/** Waits for the output of the input at `index`; undoing or another branch takes it away. */
function ended(index: number, input: UserInput): Promise<CommandOutput> {
  return new Promise((resolve, reject) => {
    const look = (): boolean => {
      const { model, status } = useWorld.getState();
      if (status === 'dead' || (status === 'ready' && model.inputs[index]?.input.type !== input.type)) {
        reject(new Error(i18next.t('world.undone', { ns: 'errors' })));
        return true;
      }
      const output = model.outputs.find((candidate) => candidate.inputIndex === index);
      if (output?.exitCode === undefined) return false;
      resolve(output);
      return true;
    };
    if (look()) return;
    const stop = useWorld.subscribe(() => { if (look()) stop(); });
  });
}

async function runKubectl(args: readonly string[], file: { readonly name: string; readonly text: string }): Promise<CommandOutput> {
  const input: UserInput = { type: 'kubectl', args: [...args, '-f', file.name], files: [file] };
  if (!await world.input(input)) throw new Error(takeFailure());
  return ended(useWorld.getState().model.inputs.length - 1, input);
}

/** Asks a copy of the world: what only looks must not become part of the session. */
function tryOut(args: readonly string[], file: { readonly name: string; readonly text: string }): Promise<RunOutput> {
  return world.query({ type: 'tryOut', args: [...args, '-f', file.name], files: [file] });
}

const linesOf = (text: string, problem: boolean): ApplyAnswer['lines'] => text.split('\n').filter((line) => line.trim() !== '').map((line) => ({ text: line, problem }));

function answerOf({ stdout, stderr, problems, exitCode }: RunOutput): ApplyAnswer {
  // Warnings go to stderr too, and are no refusals.
  const said = linesOf(stderr, true).map((line) => ({ ...line, problem: exitCode !== 0 && !line.text.startsWith('Warning:') }));
  return { lines: [...linesOf(stdout, false), ...said], problems };
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Without what kubectl and the API server note for themselves, as kubectl diff shows objects. */
function withoutBookkeeping(object: object): object {
  const { metadata, ...rest } = object as { readonly metadata?: { readonly managedFields?: unknown; readonly annotations?: Readonly<Record<string, string>> } };
  if (!metadata) return object;
  const { managedFields: _fields, annotations, ...kept } = metadata;
  const others = Object.entries(annotations ?? {}).filter(([name]) => name !== LAST_APPLIED);
  const { apiVersion, kind, ...content } = rest as { readonly apiVersion?: string; readonly kind?: string };
  return { apiVersion, kind, metadata: { ...kept, ...(others.length > 0 && { annotations: Object.fromEntries(others) }) }, ...content };
}

async function diff(request: Omit<ApplyRequest, 'dryRun'>): Promise<DiffAnswer> {
  const output = await tryOut(['diff'], fileOf(request));
  const { yamlText } = await import('../../view/yaml-text.ts');
  const yaml = (object: object | undefined): string => (object === undefined ? '' : yamlText(withoutBookkeeping(object)));
  const documents = output.diffs.map(({ object, live, merged }) => ({ object, live: yaml(live), proposed: yaml(merged) }));
  // kubectl diff prints the difference itself, which the page shows beside each other instead.
  return { documents, answer: { lines: [], problems: output.problems } };
}

export const editorPort: EditorPort = {
  apply: async (request) => answerOf(request.dryRun ? await tryOut(['apply', '--dry-run=server'], fileOf(request)) : await runKubectl(['apply'], fileOf(request))),
  diff,
  definitions,
};
