// The kinds on a real API server: what it stores of our schemas, what its CEL refuses, what BYOH's manifests still do.
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { crdOf } from '../../../api/crd.ts';
import { KINDS } from '../../../api/kinds.ts';
import { API_VERSION, GROUP } from '../../../api/names.ts';

const here = dirname(fileURLToPath(import.meta.url));

async function kubectl(
  args: string[],
  input = '',
): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
  const { BYO_TEST_KUBECTL: file = 'kubectl', BYO_TEST_KUBECONFIG: config = '' } = process.env;
  const { exitCode, stdout, stderr } = await execa(file, ['--kubeconfig', config, ...args], { input, reject: false });
  return { exitCode, stdout, stderr };
}

const apply = (object: unknown) => kubectl(['apply', '-f', '-'], JSON.stringify(object));

/** Every value below a key of the CEL rules, wherever it stands. */
function rulesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(rulesOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    key === 'x-kubernetes-validations'
      ? [JSON.stringify(z.array(z.object({ rule: z.string() })).parse(field))]
      : rulesOf(field),
  );
}

const host = (name: string, spec: Record<string, unknown>) => ({
  apiVersion: API_VERSION,
  kind: 'ByoHost',
  metadata: { name, namespace: 'default' },
  spec,
});

const machine = (providerID?: string) => ({
  apiVersion: API_VERSION,
  kind: 'ByoMachine',
  metadata: { name: 'once', namespace: 'default' },
  spec: providerID ? { providerID } : {},
});

test('the live CRDs kept every CEL rule of the schemas', async () => {
  for (const kind of KINDS) {
    const { stdout } = await kubectl(['get', 'crd', `${kind.plural}.${GROUP}`, '-o', 'json']);
    const stored = rulesOf(JSON.parse(stdout).spec.versions[0].schema);
    expect(stored).toEqual(rulesOf(crdOf(kind).spec));
  }
  expect(KINDS.flatMap((kind) => rulesOf(crdOf(kind).spec)).length).toBeGreaterThan(2);
});

test('a host id cannot change', async () => {
  expect((await apply(host('identity', { hostID: randomUUID() }))).exitCode).toBe(0);
  const changed = await apply(host('identity', { hostID: randomUUID() }));
  expect(changed.exitCode).not.toBe(0);
  expect(changed.stderr).toContain('hostID is the identity of the host and cannot change');
});

test('the generation of a host never falls, and a claim needs one', async () => {
  const hostID = randomUUID();
  const claim = { namespace: 'default', name: 'm', incarnation: 'i', generation: 2 };
  expect((await apply(host('generation', { hostID, lastGeneration: 2, claim }))).exitCode).toBe(0);
  expect((await apply(host('generation', { hostID, lastGeneration: 1 }))).stderr).toContain(
    'lastGeneration never falls',
  );
  const ahead = await apply(host('generation', { hostID, lastGeneration: 2, claim: { ...claim, generation: 3 } }));
  expect(ahead.stderr).toContain('a claim needs a generation that lastGeneration has reached');
});

test('a providerID is set once', async () => {
  expect((await apply(machine())).exitCode).toBe(0);
  expect((await apply(machine('byoh://a/1'))).exitCode).toBe(0);
  expect((await apply(machine('byoh://a/2'))).stderr).toContain('providerID is set once');
  expect((await apply(machine())).stderr).toContain('providerID is set once');
});

const installer = (mirrors: string[]) => ({
  apiVersion: API_VERSION,
  kind: 'K8sInstallerConfigTemplate',
  metadata: { name: 'mirrors', namespace: 'default' },
  spec: { template: { spec: { bundleType: 'k8s', bundleRepo: 'oci://registry.example/edge', mirrors } } },
});

test('mirrors are addresses of bundles, without secrets, and at most eight', async () => {
  const good = [
    'gateway:///',
    '/srv/bundle',
    'file:///srv/b',
    'http://10.0.0.1:80/b',
    'oci+http://r:5000/a',
    'https://x/y',
  ];
  const taken = await kubectl(['apply', '--dry-run=server', '-f', '-'], JSON.stringify(installer(good)));
  expect(taken).toMatchObject({ exitCode: 0, stderr: '' });
  const bad = [
    ['http://user:secret@x/y'],
    ['https://x/y?token=secret'],
    ['registry.example/edge'],
    Array(9).fill('/b'),
  ];
  for (const mirrors of bad) {
    const refused = await kubectl(['apply', '--dry-run=server', '-f', '-'], JSON.stringify(installer(mirrors)));
    expect(refused.stderr).toContain('spec.template.spec.mirrors');
  }
});

test('manifests written for BYOH are accepted as they are, with strict validation', async () => {
  const { stderr, exitCode } = await kubectl([
    'apply',
    '--dry-run=server',
    '--validate=strict',
    '-f',
    join(here, 'byoh.yaml'),
  ]);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
});

test('kubectl explain teaches every kind', async () => {
  for (const { plural, description } of KINDS) {
    const { stdout } = await kubectl(['explain', `${plural}.${GROUP}`]);
    expect(stdout).toContain(description.slice(0, 40));
  }
});

/** What a user would fill in. */
const VARIABLES: Record<string, string> = {
  BUNDLE_DIGEST: `sha256:${'0'.repeat(64)}`,
  KUBERNETES_VERSION: 'v1.36.3',
  NAMESPACE: 'default',
};

test('the templates render into objects that the API server takes', async () => {
  const { stdout } = await kubectl(['kustomize', join(here, '../../../templates/base')]);
  const rendered = stdout.replaceAll(/\$\{([A-Z_]+)\}/g, (_, name: string) => VARIABLES[name] ?? 'x');
  const ours = parseAllDocuments(rendered).filter((document) => document.get('apiVersion') === API_VERSION);
  expect(ours).toHaveLength(4);
  const list = { apiVersion: 'v1', kind: 'List', items: ours };
  const { stderr } = await kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], JSON.stringify(list));
  expect(stderr).toBe('');
});
