import { afterEach, expect, test, vi } from 'vitest';
import { EMPTY_MODEL } from '../../view/model.ts';
import { useWorld, world } from '../../view/store.ts';
import type { ObjectSummary } from '../../worker/protocol.ts';
import { definitions } from './definitions.ts';

const summary = (key: string): ObjectSummary => ({ key, kind: '', namespace: '', name: '', uid: '', owner: '', brief: '' });
const A = 'customresourcedefinitions.apiextensions.k8s.io//a.example.org';
const B = 'customresourcedefinitions.apiextensions.k8s.io//b.example.org';

function show(...summaries: readonly ObjectSummary[]): void {
  useWorld.setState({ model: { ...EMPTY_MODEL, objects: new Map(summaries.map((each) => [each.key, each])) } });
}
const named = (): readonly unknown[] => definitions.get().map((object) => Reflect.get(object, 'key') as unknown);

afterEach(() => vi.restoreAllMocks());

test('definitions are asked for when they come or change, and are gone with their summary', async () => {
  const query = vi.spyOn(world, 'query').mockImplementation((asked) => Promise.resolve({ type: 'object', object: { key: Reflect.get(asked, 'key') as unknown } } as never));
  const [a, b] = [summary(A), summary(B)];
  show(a, summary('configmaps/default/x'));
  await vi.waitFor(() => expect(named()).toEqual([A]));
  show(a, b);
  await vi.waitFor(() => expect(named()).toEqual([A, B]));
  show(a, b, summary('configmaps/default/y'));
  expect(query.mock.calls.map(([asked]) => Reflect.get(asked, 'key'))).toEqual([A, B]);
  show({ ...a });
  await vi.waitFor(() => expect(named()).toEqual([A]));
  expect(query).toHaveBeenCalledTimes(3);
  show();
  await vi.waitFor(() => expect(named()).toEqual([]));
});

test('an answer that comes after a later change does not count', async () => {
  const answers: ((object: object) => void)[] = [];
  vi.spyOn(world, 'query').mockImplementation(() => new Promise((resolve) => { answers.push((object) => resolve({ type: 'object', object } as never)); }));
  show(summary(A));
  show(summary(B));
  answers[1]?.({ key: B });
  answers[0]?.({ key: A });
  await vi.waitFor(() => expect(named()).toEqual([B]));
});
