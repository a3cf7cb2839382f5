// From an empty page to a usable one: preferences before the first paint, then the frame, then the files of the last visit.
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './shared/tokens.css';
import './shared/base.css';
import i18next from 'i18next';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { startPersistence } from './editor/persistence.ts';
import { firstDeployment } from './editor/samples/firstDeployment.ts';
import { sampleText } from './editor/samples/sample.ts';
import { notify, reasonOf } from './shared/notices.ts';
import { startPreferences, usePreferences } from './shared/preferences.ts';

/** Resolves once the page can show something, in the visitor's language. */
export async function startPage(root: HTMLElement): Promise<void> {
  await startPreferences();
  void startPersistence(
    () => ({ name: firstDeployment.fileName, text: sampleText(firstDeployment, usePreferences.getState().language) }),
    () => notify(i18next.t('storage', { ns: 'errors' }), { kind: 'problem' }),
  );
  createRoot(root).render(<StrictMode><App /></StrictMode>);
}

export function tellProblem(error: unknown): void {
  notify(reasonOf(error), { kind: 'problem' });
}
