// The manifests of a release as clusterctl renders them, on a real API server: taken as they are, and Pod Security lets the pods in.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { ensureParts } from '../../../lab/parts/index.ts';
import { renderManifests } from '../../../scripts/release/manifests.ts';
import { prepareServer } from './fixtures.ts';

const root = dirname(dirname(dirname(import.meta.dirname)));
const VERSION = 'v0.1.0';
const parts = await ensureParts({ only: ['cluster-api', 'kubernetes'], onProgress: () => undefined });

let folder: string;
let components: string;

beforeAll(async () => {
  await prepareServer();
  folder = await mkdtemp(join(tmpdir(), 'byo-release-'));
  const repository = join(folder, 'infrastructure-byo', VERSION);
  await mkdir(repository, { recursive: true });
  for (const [name, text] of await renderManifests(root, { version: VERSION, registry: 'registry.example.com/byo' })) {
    await writeFile(join(repository, name), text);
  }
  const url = `file://${join(repository, 'infrastructure-components.yaml')}`;
  const providers = [{ name: 'byo', type: 'InfrastructureProvider', url }];
  await writeFile(join(folder, 'clusterctl.yaml'), stringify({ providers }));
  components = await clusterctl('generate', 'provider', '--infrastructure', `byo:${VERSION}`);
});
afterAll(() => rm(folder, { recursive: true }));

async function clusterctl(...args: string[]): Promise<string> {
  const env = { HOME: folder, XDG_CONFIG_HOME: folder, CLUSTERCTL_DISABLE_VERSIONCHECK: 'true', ...VALUES };
  const { stdout } = await execa(parts.binary('clusterctl'), [...args, '--config', join(folder, 'clusterctl.yaml')], {
    env,
  });
  return stdout;
}

const VALUES = {
  CONTROL_PLANE_ENDPOINT_IP: '192.0.2.1',
  BUNDLE_REPO: 'https://bundles.example.com/byo',
  BUNDLE_DIGEST: `sha256:${'0'.repeat(64)}`,
};

function kubectl(args: string[], input: string) {
  const kubeconfig = process.env['BYO_TEST_KUBECONFIG'] ?? '';
  return execa(parts.binary('kubectl'), ['--kubeconfig', kubeconfig, ...args, '-f', '-'], { input, reject: false });
}

const dryRun = (input: string) => kubectl(['apply', '--server-side', '--force-conflicts', '--dry-run=server'], input);

const Workload = z.object({
  kind: z.literal('Deployment'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    replicas: z.number(),
    template: z.object({
      metadata: z.looseObject({}),
      spec: z.looseObject({
        serviceAccountName: z.string().optional(),
        containers: z.array(z.looseObject({ args: z.array(z.string()) })),
      }),
    }),
  }),
});
const workloads = () =>
  parseAllDocuments(components).flatMap((document) => Workload.safeParse(document.toJS()).data ?? []);

test('an API server takes every object as clusterctl renders it', async () => {
  const { stdout, stderr, exitCode } = await dryRun(components);
  expect([exitCode, stderr.replaceAll(/^Warning:.*$/gm, '').trim()]).toEqual([0, '']);
  for (const name of ['controller', 'gateway', 'temporal']) expect(stdout).toContain(`deployment.apps/byo-${name} `);
  expect(stdout.match(/customresourcedefinition/g)).toHaveLength(8);
});

test('what is left open has a default that works: no variable has to be given', () => {
  const [controller, gateway, temporal] = workloads();
  expect(controller?.spec.template.spec.containers[0]?.args).toContain('');
  expect([controller, gateway, temporal].map((one) => one?.spec.replicas)).toEqual([1, 2, 1]);
  expect(components).not.toContain('${');
});

/** The pod that a Deployment would make, on probation. */
async function admit(change: (spec: Record<string, unknown>) => void) {
  const answers: string[] = [];
  for (const { metadata, spec } of workloads()) {
    const pod = structuredClone(spec.template.spec);
    change(pod);
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...spec.template.metadata, name: metadata.name, namespace: 'byo-system' },
      spec: pod,
    };
    const { exitCode, stderr } = await kubectl(['create', '--dry-run=server'], stringify(body));
    answers.push(`${metadata.name} ${exitCode} ${/violates PodSecurity "[^"]*"/.exec(stderr)?.[0] ?? stderr}`.trim());
  }
  return answers;
}

test('Pod Security at level restricted admits the pods, and would not admit one that may do more', async () => {
  expect(await admit(() => undefined)).toEqual(['byo-controller 0', 'byo-gateway 0', 'byo-temporal 0']);
  const rooted = await admit((spec) => Object.assign(spec, { hostNetwork: true }));
  expect(rooted).toEqual(
    workloads().map(({ metadata }) => `${metadata.name} 1 violates PodSecurity "restricted:latest"`),
  );
});

test('clusterctl renders a cluster from the release, and our kinds in it are taken', async () => {
  const wish = [
    '--infrastructure',
    `byo:${VERSION}`,
    '--kubernetes-version',
    'v1.36.3',
    '--target-namespace',
    'default',
  ];
  const kubeconfig = process.env['BYO_TEST_KUBECONFIG'] ?? '';
  const cluster = await clusterctl(
    'generate',
    'cluster',
    'edge',
    ...wish,
    '--worker-machine-count',
    '3',
    '--kubeconfig',
    kubeconfig,
  );
  const own = parseAllDocuments(cluster).filter((one) => String(one.get('apiVersion')).startsWith('infrastructure.'));
  const { exitCode, stdout } = await kubectl(['create', '--dry-run=server'], own.map(String).join('---\n'));
  expect(exitCode).toBe(0);
  expect(stdout.match(/ created/g)).toHaveLength(4);
});
