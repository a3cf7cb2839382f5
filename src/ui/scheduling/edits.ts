// The edits of a what-if: kept while the view is open, one set for each attempt.
import { create } from 'zustand';
import { changesPod, editableNode, editablePod, fixedNode, fixedPod } from '../../view/scheduling/fixes.ts';
import type { Fix } from '../../view/scheduling/fixes.ts';
import { world } from '../../view/store.ts';
import { yamlText } from '../../view/yaml-text.ts';
import type { FoundAttempt, WhatIfEdits } from '../../worker/protocol.ts';

export interface EditState {
  readonly messageId: number;
  readonly edits: WhatIfEdits;
  /** The node whose text is on screen. */
  readonly node: string;
}

export const NO_EDITS: WhatIfEdits = { pod: undefined, nodes: [], configuration: undefined, weights: {}, disabled: [] };
export const useEdits = create<EditState>(() => ({ messageId: 0, edits: NO_EDITS, node: '' }));

export const podText = (found: FoundAttempt): string => yamlText(editablePod(found.pod));

/** Begins with nothing changed, unless this attempt has edits already. */
export function beginEdits(messageId: number): void {
  if (useEdits.getState().messageId !== messageId) useEdits.setState({ messageId, edits: NO_EDITS, node: '' });
}

export function resetEdits(): void {
  useEdits.setState({ edits: NO_EDITS });
}

export function edit(change: Partial<WhatIfEdits>): void {
  useEdits.setState(({ edits }) => ({ edits: { ...edits, ...change } }));
}

export function editNode(name: string, text: string): void {
  const { edits } = useEdits.getState();
  edit({ nodes: [...edits.nodes.filter((each) => each.name !== name), { name, text }] });
}

export function chooseNode(node: string): void {
  useEdits.setState({ node });
}

export function setWeight(plugin: string, weight: number | undefined): void {
  const { [plugin]: _old, ...others } = useEdits.getState().edits.weights;
  edit({ weights: weight === undefined ? others : { ...others, [plugin]: weight } });
}

export function setTakesPart(plugin: string, takesPart: boolean): void {
  const others = useEdits.getState().edits.disabled.filter((name) => name !== plugin);
  edit({ disabled: takesPart ? others : [...others, plugin] });
}

export async function nodeText(messageId: number, node: string): Promise<string> {
  const { object } = await world.query({ type: 'nodeObject', messageId, node });
  return object ? yamlText(editableNode(object)) : '';
}

/** Begins anew with one suggestion carried out, ready to be decided. */
export async function tryFix(messageId: number, found: FoundAttempt, fix: Fix): Promise<void> {
  if (changesPod(fix)) {
    useEdits.setState({ messageId, edits: { ...NO_EDITS, pod: yamlText(editablePod(fixedPod(found.pod, fix))) }, node: '' });
    return;
  }
  const node = 'node' in fix ? fix.node : '';
  const { object } = await world.query({ type: 'nodeObject', messageId, node });
  if (object) useEdits.setState({ messageId, edits: { ...NO_EDITS, nodes: [{ name: node, text: yamlText(editableNode(fixedNode(object, fix))) }] }, node });
}
