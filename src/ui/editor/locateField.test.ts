import { parseAllDocuments } from 'yaml';
import { describe, expect, test } from 'vitest';
import { parseFieldPath } from './fieldPath.ts';
import { locateField, splitDocuments } from './locateField.ts';
import { fieldInMessage } from './fieldPath.ts';

const FILE = `# two objects
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app: web
    app.kubernetes.io/name: "the shop"
spec:
  replicas: -1
  template:
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports: [{containerPort: 99999}]
      - {name: log, image: ''}
      volumes:
`;

/** What would be underlined. */
function marked(path: string, document = 1, text = FILE): string {
  const range = locateField(text, document, path);
  if (range === undefined) return 'nothing';
  const line = text.split('\n')[range.startLine - 1] ?? '';
  return `${range.startLine}: ${line.slice(range.startColumn - 1, range.endColumn - 1)}${range.exact ? '' : ' (parent)'}`;
}

describe('a field that is there', () => {
  test.each([
    ['spec.replicas', '15: -1'],
    ['spec.template.spec.containers[0].image', '20: nginx:1.27'],
    ['spec.template.spec.containers[0].ports[0].containerPort', '21: 99999'],
    ['spec.template.spec.containers[1].name', '22: log'],
    ['spec.template.spec.containers[1].image', "22: ''"],
    ['metadata.labels[app]', '12: web'],
    ['metadata.labels[app.kubernetes.io/name]', '13: "the shop"'],
    ['metadata.labels["app.kubernetes.io/name"]', '13: "the shop"'],
    ['.spec.template.spec.containers[name="log"].image', "22: ''"],
    ['spec.template.spec.containers[name=web].image', '20: nginx:1.27'],
  ])('%s', (path, expected) => expect(marked(path)).toBe(expected));
  test('a block is marked by its key', () => expect(marked('spec.template.spec.containers')).toBe('18: containers'));
  test('a key without a value too', () => expect(marked('spec.template.spec.volumes')).toBe('23: volumes'));
  test('an entry of a list by its first line', () => expect(marked('spec.template.spec.containers[0]')).toBe('19: name: web'));
  test('in the first document', () => expect(marked('metadata.name', 0)).toBe('5: settings'));
});

describe('a field that is missing', () => {
  test.each([
    ['spec.template.spec.containers[0].resources.limits[memory]', '19: name: web (parent)'],
    ['spec.selector', '14: spec (parent)'],
    ['metadata.annotations[a]', '9: metadata (parent)'],
    ['spec.template.spec.containers[7].name', '18: containers (parent)'],
    ['spec.replicas.deeper', '15: -1 (parent)'],
    ['nothing.at.all', '7: apiVersion: apps/v1 (parent)'],
  ])('%s marks the nearest parent', (path, expected) => expect(marked(path)).toBe(expected));
  test('no path marks the first line of the document', () => expect(marked('')).toBe('7: apiVersion: apps/v1'));
  test('no such document', () => expect(locateField(FILE, 2, 'spec')).toBeUndefined());
});

describe('unusual texts', () => {
  test('an alias is followed no further than its name', () => {
    expect(marked('b.x', 0, 'a: &one {x: 1}\nb: *one\n')).toBe('2: *one (parent)');
  });
  test('JSON', () => expect(marked('spec.replicas', 0, '{"kind": "Deployment",\n "spec": {"replicas": "three"}}')).toBe('2: "three"'));
  test('a text that does not parse still gets a place', () => {
    expect(marked('metadata.name', 0, 'kind: Pod\nmetadata: {name: [\n')).toContain('2:');
  });
  test('Windows line ends', () => expect(marked('a.b', 0, 'a:\r\n  b: value\r\n')).toBe('2: value'));
  test('a very long document is not parsed', () => {
    const text = `kind: ConfigMap\ndata:\n  x: ${'y'.repeat(1_100_000)}\n`;
    expect(marked('data.x', 0, text)).toBe('1: kind: ConfigMap (parent)');
  });
});

describe('documents are counted as the yaml library counts them', () => {
  test.each([
    'a: 1', 'a: 1\n', '---\na: 1', '# only a comment\n---\na: 1', '%YAML 1.2\n---\na: 1', 'a: 1\n---\n---\nb: 2',
    'a: 1\n---\n# nothing\n---\nb: 2', 'a: 1\n...\n---\nb: 2', 'text: |\n  ---\n  no marker\n---\nb: 2', 'a: 1\n--- # note\nb: 2', '--- a\n--- b',
    'a: 1\n---', 'a: ---x\n',
  ])('%j', (text) => {
    const documents = parseAllDocuments(text);
    expect(splitDocuments(text)).toHaveLength('length' in documents ? documents.length : 0);
  });
});

test('steps of a path', () => {
  expect(parseFieldPath('spec.ports[port=80,protocol="TCP"].name')).toEqual([
    { kind: 'key', key: 'spec' }, { kind: 'key', key: 'ports' }, { kind: 'match', fields: { port: '80', protocol: 'TCP' } }, { kind: 'key', key: 'name' },
  ]);
  expect(parseFieldPath('data[a].b]c["x]y"]')).toContainEqual({ kind: 'key', key: 'x]y' });
});

test('finds the field that the decoder could not read', () => {
  expect(fieldInMessage('Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32')).toBe('spec.replicas');
  expect(fieldInMessage('the object has been modified')).toBe('');
});
