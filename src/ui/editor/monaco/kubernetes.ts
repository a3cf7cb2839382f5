// The Kubernetes language services: schema, completion, hover and checks, in a worker of their own.
import * as monaco from 'monaco-editor/editor/editor.api.js';
import { configureMonacoYaml, type MonacoYaml, type MonacoYamlOptions } from 'monaco-yaml';
import type { Language } from '../../../i18n/index.ts';
import { usePreferences } from '../../shared/preferences.ts';
import { type KnownKind, withKindsExplained } from '../kindMarks.ts';
import { type ApiSchema, type EditorKind, editorSchema, type FieldTexts, kindsOf } from '../schema.ts';
import { followCustomKinds } from './customKinds.ts';

const SCHEMA_URI = 'wheelhouse://schemas/kubernetes.json';

/** The schemas of the API server, fetched as data beside the page. */
async function loadSchemas(): Promise<Readonly<Record<string, ApiSchema>>> {
  const response = await fetch(new URL('../../../sim/api/generated/schemas.json', import.meta.url));
  const { schemas } = await response.json() as { readonly schemas: Readonly<Record<string, ApiSchema>> };
  return schemas;
}

async function loadTexts(language: Language): Promise<FieldTexts> {
  switch (language) {
    case 'en': return (await import('../hover/en.ts')).hoverEn;
    case 'zh-CN': return (await import('../hover/zh-CN.ts')).hoverZhCN;
  }
}

interface ForeignWorkerOptions {
  readonly createData?: unknown;
  readonly host?: Record<string, (...args: unknown[]) => unknown>;
  readonly keepIdleModels?: boolean;
}

/**
 * monaco-yaml asks Monaco for a worker by module name, which Monaco no longer makes: hand it one that is already
 * running. The worker takes its first message as a wake-up call and the second as its settings.
 */
function createYamlWorker<T extends object>(options: ForeignWorkerOptions): monaco.editor.MonacoWebWorker<T> {
  const worker = new Worker(new URL('./yaml.worker.ts', import.meta.url), { type: 'module', name: 'yaml' });
  worker.postMessage('ignore');
  worker.postMessage(options.createData);
  return monaco.editor.createWebWorker<T>({ worker, ...(options.host && { host: options.host }), keepIdleModels: options.keepIdleModels ?? false });
}

/** The link to the schema's file says nothing to a reader. */
const SOURCE_LINE = /\n*Source: \[[^\]]*\]\([^)]*\)\s*$/;

const ONLY_TITLE = /^#### [^\n]*$/;

/** Hovers only over words, without the line that names the schema's file, and only where there is more than a name. */
function registerHover(selector: monaco.languages.LanguageSelector, provider: monaco.languages.HoverProvider): monaco.IDisposable {
  return monaco.languages.registerHoverProvider(selector, {
    provideHover: async (model, position, token, context) => {
      if (model.getWordAtPosition(position) === null) return null;
      const hover = await provider.provideHover(model, position, token, context);
      const contents = (hover?.contents ?? []).map((part) => ({ ...part, value: part.value.replace(SOURCE_LINE, '') }));
      return contents.every((part) => ONLY_TITLE.test(part.value.trim())) ? null : { ...hover, contents };
    },
  });
}

/**
 * Marks suggestions without places to fill in as plain text. Monaco never counts a snippet as already typed, so Enter
 * after a value typed in full would accept it again instead of ending the line.
 */
function registerCompletion(selector: monaco.languages.LanguageSelector, provider: monaco.languages.CompletionItemProvider): monaco.IDisposable {
  return monaco.languages.registerCompletionItemProvider(selector, {
    ...provider,
    provideCompletionItems: async (model, position, context, token) => {
      const list = await provider.provideCompletionItems(model, position, context, token);
      return list && { ...list, suggestions: list.suggestions.map((item) => (/[$\\]/.test(item.insertText) ? item : { ...item, insertTextRules: undefined })) };
    },
  });
}

/** What the services are to know now. */
interface Wanted { readonly schemas: Readonly<Record<string, ApiSchema>>; readonly language: Language; readonly custom: readonly EditorKind[] }

let kinds: readonly KnownKind[] = [];

/** Marks of a text whose kind nobody serves speak of that alone. */
function setMarks(model: monaco.editor.ITextModel, owner: string, marks: monaco.editor.IMarkerData[]): void {
  monaco.editor.setModelMarkers(model, owner, [...withKindsExplained(marks, () => model.getLinesContent(), kinds)]);
}

const monacoForYaml = {
  ...monaco,
  editor: { ...monaco.editor, createWebWorker: createYamlWorker, setModelMarkers: setMarks },
  languages: { ...monaco.languages, registerHoverProvider: registerHover, registerCompletionItemProvider: registerCompletion },
};

let services: MonacoYaml | undefined;

async function configure(wanted: () => Wanted): Promise<void> {
  const texts = await loadTexts(wanted().language);
  const schema = editorSchema(wanted().schemas, texts, wanted().custom);
  kinds = kindsOf(schema);
  const options: MonacoYamlOptions = { schemas: [{ uri: SCHEMA_URI, fileMatch: ['**/*'], schema }], isKubernetes: true, hoverAnchor: false, yamlVersion: '1.2' };
  if (services === undefined) services = configureMonacoYaml(monacoForYaml, options);
  else await services.update(options);
}

/** Starts the services in the visitor's language and follows it, and the custom resources of the cluster, as they change. */
export async function startKubernetesServices(): Promise<void> {
  let wanted: Wanted = { schemas: await loadSchemas(), language: usePreferences.getState().language, custom: [] };
  const want = (change: Partial<Wanted>): void => {
    wanted = { ...wanted, ...change };
    void configure(() => wanted);
  };
  usePreferences.subscribe(({ language }, before) => { if (language !== before.language) want({ language }); });
  want({});
  followCustomKinds((custom) => want({ custom }));
}
