// Everything that Monaco needs once, before the first editor is made.
import './features.ts';
import * as monaco from 'monaco-editor/editor/editor.api.js';
import { startKubernetesServices } from './kubernetes.ts';
import { followTheme } from './theme.ts';

globalThis.MonacoEnvironment = { getWorker: () => new Worker(new URL('./editor.worker.ts', import.meta.url), { type: 'module', name: 'editor' }) };
followTheme();
void startKubernetesServices();

export { monaco };
