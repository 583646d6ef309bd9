import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { renderManifests } from './manifests.ts';

const root = dirname(dirname(import.meta.dirname));
const rendered = await renderManifests(root, { version: 'v0.1.3', registry: 'registry.example.com/byo' });
const components = rendered.get('infrastructure-components.yaml') ?? '';

type Documented = { kind: string; metadata: { name: string; namespace?: string; labels: Record<string, string> } };
const objects = parseAllDocuments(components).map((document): Documented => document.toJS());

test('the images of the programs are those of the release, and no other is named', () => {
  const images = [...components.matchAll(/^\s+image: (.*)$/gm)].map(([, image = '']) => image);
  expect(images.toSorted()).toEqual(
    ['controller', 'gateway', 'temporal'].map((name) => `registry.example.com/byo/byo-${name}:v0.1.3`),
  );
});

test('clusterctl finds one Namespace, everything in it, and its label on everything', () => {
  expect(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)).toEqual([
    'byo-system',
  ]);
  const spaces = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  expect([...spaces]).toEqual(['byo-system']);
  const strangers = objects.filter((one) => one.metadata.labels['cluster.x-k8s.io/provider'] !== 'infrastructure-byo');
  expect(strangers).toEqual([]);
});

test('every variable is told of in docs/install.md, and no other', async () => {
  const page = await readFile(join(root, 'docs/install.md'), 'utf8');
  const told = [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name = '']) => name);
  const used = ['infrastructure-components.yaml', 'cluster-template.yaml'].flatMap((file) =>
    [...(rendered.get(file) ?? '').matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name),
  );
  expect([...new Set(used)].toSorted()).toEqual([...new Set(told)].toSorted());
});

test('a version whose series clusterctl would not know is refused', async () => {
  await expect(renderManifests(root, { version: 'v7.1.0', registry: 'r' })).rejects.toThrow('no series 7.1');
});
