import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { InstallArguments } from '../../../api/orders.ts';
import { INSTALL_STEPS } from '../../../api/steps.ts';
import { copyWithFlippedBit, makeBundle } from '../../../bundle/testing/fixtures.ts';
import { openSource } from '../../../bundle/sources/source.ts';
import { openBundle } from '../../../bundle/read/open-bundle.ts';
import { closeWorlds, openWorld, playServices, runTwice, type StepWorld } from '../../testing/step-world.ts';
import { createInstallPlan } from './plan.ts';
import { CONTAINERD_CONFIG, CONTAINERD_UNIT, PROVIDER_ID_DROP_IN } from '../../linux/paths.ts';

afterEach(closeWorlds);

/** A bare machine, and the order to install a small bundle on it. */
async function prepareInstall() {
  const { folder, digest } = await makeBundle();
  const { version } = await openBundle({ source: openSource(folder), digest, platform: 'linux/amd64' });
  const world = await openWorld(`install/${version}`);
  playServices(world.host);
  world.host.onRun(([command, path]) => (command === 'sha256sum' ? { stdout: hash(world, path ?? '') } : undefined));
  await world.host.put('/proc/filesystems', 'nodev\tproc\nnodev\toverlay\n');
  await world.host.put('/proc/swaps', 'Filename\tType\tSize\tUsed\tPriority\n');
  for (const name of ['ipv4/ip_forward', 'bridge/bridge-nf-call-iptables', 'bridge/bridge-nf-call-ip6tables']) {
    await world.host.put(`/proc/sys/net/${name}`, '0\n');
  }
  const input: InstallArguments = { version, bundle: { source: folder, digest }, providerID: 'byoh://h/1' };
  const plan = createInstallPlan({ store: { dir: join(world.stateDir, 'store') }, platform: 'linux/amd64' });
  return { ...world, input, plan };
}

function hash({ host }: StepWorld, path: string): string {
  return createHash('sha256')
    .update(readFileSync(join(host.root, path)))
    .digest('hex');
}

async function runUpTo(name: string, { plan, context, input }: Awaited<ReturnType<typeof prepareInstall>>) {
  for (const step of plan.steps) {
    if (step.name === name) return step;
    if (!(await step.look(context, input))) await step.act(context, input);
  }
  throw new Error(`no step ${name}`);
}

test('the plan has the steps of the API, in their order', () => {
  const plan = createInstallPlan({ store: { dir: '/nowhere' }, platform: 'linux/amd64' });
  expect(plan.steps.map(({ name }) => name)).toEqual(INSTALL_STEPS);
});

test('every step: absent, made, made again as after a crash', async () => {
  const { plan, context, input } = await prepareInstall();
  for (const step of plan.steps.filter(({ name }) => name !== 'DisableSwap')) {
    expect([step.name, ...(await runTwice(step, context, input))]).toEqual([step.name, false, true, true]);
  }
});

test('a machine without swap is left alone', async () => {
  const prepared = await prepareInstall();
  const step = await runUpTo('DisableSwap', prepared);
  expect(await step.look(prepared.context, prepared.input)).toBe(true);
});

test('binaries, configuration and the providerID stand where they must', async () => {
  const prepared = await prepareInstall();
  const last = await runUpTo('EnableKubelet', prepared);
  await last.act(prepared.context, prepared.input);
  const { host } = prepared;
  expect((await host.stat('/usr/local/bin/kubelet'))?.mode).toBe(0o755);
  expect((await host.readFile(CONTAINERD_CONFIG))?.toString()).toContain('SystemdCgroup = false');
  expect((await host.readFile(PROVIDER_ID_DROP_IN))?.toString()).toContain('--provider-id=byoh://h/1\n');
});

test.each(['/usr/local/bin/containerd', CONTAINERD_CONFIG, CONTAINERD_UNIT])('foreign %s is refused', async (path) => {
  const prepared = await prepareInstall();
  await prepared.host.put(path, 'foreign');
  const run = runUpTo('EnableKubelet', prepared);
  await expect(run).rejects.toMatchObject({ reason: 'HostUnfit', retryable: false });
  expect((await prepared.host.readFile(path))?.toString()).toBe('foreign');
});

test('a bundle with one flipped bit is refused, and nothing of it reaches the machine', async () => {
  const prepared = await prepareInstall();
  const source = await copyWithFlippedBit(prepared.input.bundle.source, await layerDigest(prepared.input));
  const input = { ...prepared.input, bundle: { ...prepared.input.bundle, source } };
  await expect(runUpTo('EnableKubelet', { ...prepared, input })).rejects.toMatchObject({
    reason: 'BundleInvalid',
    retryable: false,
  });
  expect(await prepared.host.stat('/usr')).toBeUndefined();
});

test('a source that is not there is waited for', async () => {
  const prepared = await prepareInstall();
  const input = { ...prepared.input, bundle: { ...prepared.input.bundle, source: '/nowhere' } };
  await expect(runUpTo('EnableKubelet', { ...prepared, input })).rejects.toMatchObject({
    reason: 'BundleUnavailable',
    retryable: true,
  });
});

test('mirrors are asked first, in order; damage in one costs nothing but another try', async () => {
  const prepared = await prepareInstall();
  const { bundle } = prepared.input;
  const damaged = await copyWithFlippedBit(bundle.source, await layerDigest(prepared.input));
  const input = { ...prepared.input, bundle: { ...bundle, mirrors: ['oci://no.address.here', damaged] } };
  await runUpTo('LoadKernelModules', { ...prepared, input });
  expect(await prepared.plan.steps[0]?.look(prepared.context, input)).toBe(true);
  const said = prepared.reports.flatMap(({ message, conclusion }) => message ?? conclusion ?? []);
  expect(said).toEqual([
    expect.stringMatching(/^oci:\/\/no\.address\.here: .* names no repository.*; going on with .*copy$/),
    expect.stringMatching(/copy: blob sha256:.* are not what the bundle states; going on with .*bundle$/),
    `the bundle came from ${damaged} and ${bundle.source}`,
  ]);
});

test('the store holds the bundle that was fetched last, and nothing else', async () => {
  const prepared = await prepareInstall();
  const { plan, context, input, stateDir } = prepared;
  await runUpTo('LoadKernelModules', prepared);
  const list = async () => (await readdir(join(stateDir, 'store', 'sha256'))).toSorted();
  const first = await list();
  await writeFile(join(stateDir, 'store', 'sha256', `${'0'.repeat(64)}.partial`), 'given up');
  const { folder, digest } = await makeBundle(5e6);
  const next = { ...input, bundle: { source: folder, digest } };
  await plan.steps[0]?.act(context, next);
  expect(await plan.steps[0]?.look(context, next)).toBe(true);
  expect(await plan.steps[0]?.look(context, input)).toBe(false);
  const opened = await openBundle({ source: openSource(folder), digest, platform: 'linux/amd64' });
  expect(await list()).toEqual(opened.blobs.map((blob) => blob.digest.slice(7)).toSorted());
  expect((await list()).filter((name) => first.includes(name))).not.toEqual([]);
});

test('when no source gives it, each is named', async () => {
  const prepared = await prepareInstall();
  const input = { ...prepared.input, bundle: { ...prepared.input.bundle, source: '/nowhere', mirrors: ['/neither'] } };
  await expect(runUpTo('EnableKubelet', { ...prepared, input })).rejects.toMatchObject({
    reason: 'BundleUnavailable',
    message: expect.stringMatching(/^no source gives the bundle: \/neither: .*; \/nowhere: /),
    retryable: true,
  });
});

test('a floating tag is pinned by its first fetch', async () => {
  const prepared = await prepareInstall();
  const input = { ...prepared.input, bundle: { source: prepared.input.bundle.source } };
  const step = await runUpTo('LoadKernelModules', { ...prepared, input });
  expect(step.name).toBe('LoadKernelModules');
  expect(await prepared.plan.steps[0]?.look(prepared.context, input)).toBe(true);
});

async function layerDigest({ bundle }: InstallArguments): Promise<string> {
  const source = openSource(bundle.source);
  const opened = await openBundle({ source, digest: bundle.digest ?? '', platform: 'linux/amd64' });
  return opened.layers[0]?.blob.digest ?? '';
}
