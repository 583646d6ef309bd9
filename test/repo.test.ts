// Guards the shape of the house: layers, file sizes, waivers, and names that must not stand in the project.
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { files, root } from './support/repository.ts';

/** What each folder may import, beside itself (docs/design.md §9: imports point one way). */
const LAYERS: Record<string, string[]> = {
  api: [],
  common: ['api'],
  bundle: ['api', 'common'],
  activities: ['api', 'common'],
  workflows: ['api'],
  workers: ['api', 'common', 'activities', 'workflows'],
  controller: ['api', 'common', 'activities', 'workflows', 'workers'],
  gateway: ['api', 'common'],
  cli: ['api', 'common'],
  agent: ['api', 'common', 'bundle', 'activities', 'workers'],
  packaging: ['common', 'agent', 'workers'],
  lab: ['api', 'common', 'bundle', 'agent', 'scripts'],
  harness: ['api', 'common', 'bundle', 'lab', 'agent', 'packaging', 'scripts'],
  demo: ['api', 'common', 'bundle', 'lab', 'agent', 'packaging', 'scripts', 'harness'],
  bench: [
    'api',
    'common',
    'bundle',
    'activities',
    'controller',
    'agent',
    'packaging',
    'workers',
    'lab',
    'harness',
    'demo',
    'test',
  ],
};

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  return [...source.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(([, path]) =>
    normalize(join(dirname(file), path ?? '')),
  );
}

const folderOf = (path: string): string => path.split('/')[0] ?? '';

test('imports point one way', () => {
  const wrong = files
    .filter((file) => LAYERS[folderOf(file)] && !file.endsWith('.test.ts'))
    .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
    .filter(({ file, target }) => {
      const from = folderOf(file);
      return folderOf(target) !== from && !LAYERS[from]?.includes(folderOf(target));
    })
    .map(({ file, target }) => `${file} imports ${target}`);
  expect(wrong).toEqual([]);
});

test('workflows hold no I/O: they import types and plain constants only', () => {
  const allowed = /^(\.{1,2}\/|@temporalio\/(workflow|common)$)/;
  const wrong = files
    .filter((file) => file.startsWith('workflows/') && !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const source = readFileSync(join(root, file), 'utf8');
      const imports = [...source.matchAll(/^(?:import|export)(?! type)[^;]*?from '([^']+)'/gm)];
      return imports.filter(([, path]) => !allowed.test(path ?? '')).map(([, path]) => `${file} imports ${path}`);
    });
  expect(wrong).toEqual([]);
});

test('no waiver, no given-up type, no promise to come back', () => {
  // Put together here so that this file does not find itself.
  const marks = [
    'oxlint-disable',
    'eslint-disable',
    ...['ignore', 'nocheck'].map((word) => `@ts-${word}`),
    ...['DO', 'FIXME'].map((word) => word.replace(/^DO/, 'TODO')),
  ];
  const found = files.flatMap((file) => {
    if (file === 'test/repo.test.ts') return [];
    const source = readFileSync(join(root, file), 'utf8');
    return marks.filter((mark) => source.includes(mark)).map((mark) => `${file}: ${mark}`);
  });
  expect(found).toEqual([]);
});

/** One place each for what is dangerous: processes, the Kubernetes client, foreign YAML. */
const SOLE_USERS: { pattern: RegExp; allowed: RegExp }[] = [
  {
    pattern: /from 'execa'/,
    allowed: /^(agent\/host\/|lab\/|scripts\/|test\/|harness\/|demo\/|bench\/|bundle\/tool\/)/,
  },
  { pattern: /from 'node:child_process'/, allowed: /^(test\/|lab\/|agent\/host\/|.*\.test\.ts$)/ },
  {
    pattern: /from '@kubernetes\/client-node'/,
    allowed: /^(common\/kube\/|agent\/link\/|test\/faults\/controller-writes\/)/,
  },
  // A kubeconfig makes its library open files and run programs: only one of our own is ever given to it, by its path.
  { pattern: /[.]loadFrom(?!ClusterAndUser|File|Cluster\()/, allowed: /^$/ },
  { pattern: /[.]loadFromFile/, allowed: /^common\/kube\/connect\.ts$/ },
  // YAML expands aliases and knows tags: each reader of foreign text says what it takes of that.
  {
    pattern: /from 'yaml'/,
    allowed:
      /^(agent\/(config|steps\/join\/cloud-init\/parse-yaml)\.ts$|common\/kube\/foreign-kubeconfig\.|lab\/|scripts\/|test\/)/,
  },
  // fetch follows redirects, and takes the proxy of the process.
  { pattern: /(?<![.\w])fetch\(/, allowed: /^(lab|test|bench)\// },
];

test('only one module a layer spawns, and one speaks to Kubernetes; what resolves foreign text has few users', () => {
  const wrong = files.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8');
    return SOLE_USERS.filter(({ pattern, allowed }) => pattern.test(source) && !allowed.test(file)).map(
      ({ pattern }) => `${file}: ${pattern.source}`,
    );
  });
  expect(wrong).toEqual([]);
});

test('no query of the journal tells order by a time: clocks are years off, and put right in between', () => {
  const byTime = /(ORDER BY|m(ax|in)\()\s*\w+At\b/i;
  const wrong = files.filter(
    (file) => file.startsWith('agent/') && byTime.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(wrong).toEqual([]);
});

/** Where a host's own clock may be read: to be compared with the gateway's, for people to read, or for one call's deadline. */
const OWN_CLOCK = [
  /^agent\/(link\/(server-clock|dial)|identity\/renewal)\.ts$/,
  /^agent\/(journal\/|link\/hand-back\.ts$|host\/unit-files\.ts$)/,
];

test('B4: nothing on a host is decided by its own clock', () => {
  const wrong = files
    .filter((file) => /^(agent|activities\/host)\//.test(file) && !/\.test\.ts$|^agent\/testing\//.test(file))
    .filter((file) => !OWN_CLOCK.some((allowed) => allowed.test(file)))
    .filter((file) => /Date\.now\(|new Date\(\)/.test(readFileSync(join(root, file), 'utf8')));
  expect(wrong).toEqual([]);
});

/** The agent's own folders: its state, and a copy of the journal. */
const OWN_FOLDERS = /^agent\/(open-operations|journal\/read-copy)\.ts$/;

test('B8: folders of a host are emptied in one way alone, and mounts are read by one parser', () => {
  const wrong = files
    .filter(
      (file) =>
        file.startsWith('agent/') && !/\.test\.ts$|^agent\/testing\/|^agent\/.*\/(fake-host|test-\w+)\.ts$/.test(file),
    )
    .filter((file) => {
      const source = readFileSync(join(root, file), 'utf8');
      const deletes = /\brm(Sync)?\([^;]*recursive: true|'-delete'|\brm -r|'rm', '-{1,2}r/.test(source);
      const parses = /\\\\040|\[0-7\]\{3\}/.test(source);
      return (deletes && !OWN_FOLDERS.test(file)) || (parses && file !== 'agent/linux/unescape-field.ts');
    });
  expect(wrong).toEqual([]);
});

/**
 * Rooms of the agent that import one another: what is recorded of a claim's beginning is the baseline's own shape, and a
 * host is enrolled over the link that its identity opens. A step's folder may use what `steps/` has for all of them.
 */
const MUTUAL = ['agent/baseline <> agent/journal', 'agent/identity <> agent/link'];

const back = (arrow: string): string => arrow.split(' <> ').toReversed().join(' <> ');

test('the rooms of the agent lie above one another: no two import each other', () => {
  const product = files.filter((file) => /^agent\/[^.]*\//.test(file) && !/\.test\.ts$|\/testing\//.test(file));
  const arrows = new Set(
    product.flatMap((file) =>
      importsOf(file)
        .map((target) => [dirname(file), dirname(target)] as const)
        .filter(([from, to]) => from !== to && !to.startsWith(`${from}/`) && !from.startsWith(`${to}/`))
        .map(([from, to]) => `${from} <> ${to}`),
    ),
  );
  const mutual = [...arrows].filter((arrow) => arrow < back(arrow) && arrows.has(back(arrow)));
  expect(mutual.toSorted()).toEqual(MUTUAL);
});
