// The CustomResourceDefinitions of the cluster. The page is told that one changed, and asks for the whole object.
import { create } from 'zustand';
import { useWorld, world } from '../../view/store.ts';
import type { ObjectSummary } from '../../worker/protocol.ts';
import { type Live, liveOf } from '../shared/live.ts';

const KEY = 'customresourcedefinitions.apiextensions.k8s.io/';

const useDefinitions = create<{ readonly objects: readonly object[] }>()(() => ({ objects: [] }));

/** Whole definitions by the summaries that they were asked for. */
let asked = new Map<ObjectSummary, Promise<object | undefined>>();

async function ask(key: string): Promise<object | undefined> {
  try {
    return (await world.query({ type: 'object', key })).object;
  } catch {
    // The worker was replaced; its successor tells of every object again.
    return undefined;
  }
}

function look(objects: ReadonlyMap<string, ObjectSummary>): void {
  const summaries: ObjectSummary[] = [];
  for (const [key, summary] of objects) if (key.startsWith(KEY)) summaries.push(summary);
  if (summaries.length === asked.size && summaries.every((summary) => asked.has(summary))) return;
  const current = new Map(summaries.map((summary) => [summary, asked.get(summary) ?? ask(summary.key)]));
  asked = current;
  void Promise.all(current.values()).then((found) => {
    // Another change has begun its own round meanwhile.
    if (asked === current) useDefinitions.setState({ objects: found.filter((object) => object !== undefined) });
  });
}

useWorld.subscribe(({ model }, before) => { if (model.objects !== before.model.objects) look(model.objects); });

export const definitions: Live<readonly object[]> = liveOf(useDefinitions, ({ objects }) => objects);
