import { startWorker } from './view/world-worker.ts';

// Worker, session and page load beside each other: none waits for another before it has to.
startWorker();
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id "root"');
const session = import('./ui/session/connect.ts');
const page = import('./ui/start.tsx');
const shown = page.then(({ startPage }) => startPage(root));
session.then(({ connectSession }) => connectSession(shown)).catch(async (error: unknown) => (await page).tellProblem(error));
