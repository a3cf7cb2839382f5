import { describe, expect, test } from 'vitest';
import { type FilesState, freeName, withFile, withName, withoutFile, withText } from './files.ts';

const file = (id: string): { id: string; name: string; text: string } => ({ id, name: `${id}.yaml`, text: id });
const state: FilesState = { files: ['a', 'b', 'c'].map(file), activeId: 'b' };
const ids = ({ files }: FilesState): string => files.map(({ id }) => id).join('');

describe('names', () => {
  test('a free name stays', () => expect(freeName(state.files, 'web.yaml')).toBe('web.yaml'));
  test('a taken one gets a number before its end', () => expect(freeName(state.files, 'a.yaml')).toBe('a-2.yaml'));
  test('numbers go on', () => expect(freeName([...state.files, { id: 'x', name: 'a-2.yaml', text: '' }], 'a.yaml')).toBe('a-3.yaml'));
  test('a name without an end', () => expect(freeName([{ id: 'x', name: 'notes', text: '' }], 'notes')).toBe('notes-2'));
  test('renaming to its own name changes nothing', () => expect(withName(state, 'a', 'a.yaml').files[0]?.name).toBe('a.yaml'));
  test('renaming to nothing keeps the name', () => expect(withName(state, 'a', '  ')).toBe(state));
});

describe('closing', () => {
  test('the right neighbour takes over', () => expect(withoutFile(state, 'b')).toMatchObject({ activeId: 'c' }));
  test('else the left one', () => expect(withoutFile({ ...state, activeId: 'c' }, 'c')).toMatchObject({ activeId: 'b' }));
  test('another active file stays active', () => expect(withoutFile(state, 'a')).toMatchObject({ activeId: 'b' }));
  test('the last file leaves none', () => expect(withoutFile({ files: [file('a')], activeId: 'a' }, 'a')).toEqual({ files: [], activeId: undefined }));
  test('an unknown file changes nothing', () => expect(withoutFile(state, 'x')).toBe(state));
  test('bringing back puts it where it was', () => expect(ids(withFile(withoutFile(state, 'b'), file('b'), 1))).toBe('abc'));
});

test('the same text is the same state, so nothing is written', () => {
  expect(withText(state, 'a', 'a')).toBe(state);
  expect(withText(state, 'a', 'new').files[1]).toBe(state.files[1]);
});
