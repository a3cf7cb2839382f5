// Every area of texts: one line here, one in ../zh-CN/index.ts.
export { default as editor } from './editor.ts';
export { default as errors } from './errors.ts';
export { default as faults } from './faults.ts';
export { default as phases } from './phases.ts';
export { default as shell } from './shell.ts';
export { default as shortcuts } from './shortcuts.ts';
export { default as stage } from './stage.ts';
export { default as timeline } from './timeline.ts';
export { default as narrator } from './narrator.ts';
