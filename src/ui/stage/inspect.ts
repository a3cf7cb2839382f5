import { select } from '../../view/selection.ts';
import { openInspector } from '../shell/layout.ts';

/** Opens the inspector on something that was clicked on the stage. */
export function inspectComponent(actor: string): void {
  select({ type: 'component', actor });
  openInspector();
}

export function inspectObject(key: string): void {
  select({ type: 'object', key });
  openInspector();
}

export function inspectPod(key: string): void {
  select({ type: 'object', key: `pods/${key}` });
  openInspector();
}

export function inspectNode(name: string): void {
  select({ type: 'object', key: `nodes//${name}` });
  openInspector();
}

export function inspectMessage(id: number): void {
  select({ type: 'message', id });
  openInspector();
}
