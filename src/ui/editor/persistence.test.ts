import { describe, expect, test } from 'vitest';
import { changesBetween, parseJournal, restoredState } from './persistence.ts';

const a = { id: 'a', name: 'a.yaml', text: 'one' };
const b = { id: 'b', name: 'b.yaml', text: 'two' };

describe('what to write', () => {
  test('only changed files, and deletions', () => {
    const next = { files: [a, { ...b, text: 'new' }, { id: 'c', name: 'c', text: '' }], activeId: 'c' };
    const { write, remove } = changesBetween({ files: [a, b, { id: 'd', name: 'd', text: '' }], activeId: 'a' }, next);
    expect(write.map(({ id }) => id)).toEqual(['b', 'c']);
    expect(remove).toEqual(['d']);
  });
});

describe('bringing back', () => {
  test('in the stored order, with the active file', () => {
    expect(restoredState([a, b], { ids: ['b', 'a'], activeId: 'a' }, undefined)).toEqual({ files: [b, a], activeId: 'a' });
  });
  test('the journal of a page that closed too early wins', () => {
    const later = { ...a, text: 'typed last' };
    const state = restoredState([a, b], { ids: ['a', 'b'], activeId: 'b' }, { ids: ['a'], activeId: 'a', files: [later] });
    expect(state).toEqual({ files: [later], activeId: 'a' });
  });
  test('an active file that is gone is replaced', () => {
    expect(restoredState([a], { ids: ['a', 'b'], activeId: 'b' }, undefined).activeId).toBe('a');
  });
  test('files without an order are not lost', () => {
    expect(restoredState([a, b], undefined, undefined).files).toEqual([a, b]);
  });
});

describe('the journal', () => {
  test('reads what was written', () => {
    const journal = { ids: ['a'], activeId: 'a', files: [a] };
    expect(parseJournal(JSON.stringify(journal))).toEqual(journal);
  });
  test.each([undefined, '', '{', 'null', '[]', '{"ids":[1],"files":[]}', '{"ids":[],"files":[{"id":1}]}'])('ignores %j', (text) => {
    expect(parseJournal(text)).toBeUndefined();
  });
});
