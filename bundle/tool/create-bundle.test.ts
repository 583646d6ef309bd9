// Making bundles: the same input gives the same digest, layouts grow, and bad input is refused with a reason.
import { chmod, cp, readdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { codeOf, copyWithFlippedBit, makeBundleOptions, makeFolder, makeImage } from '../testing/fixtures.ts';
import { createBundle } from './create-bundle.ts';
import { describeBundle, inspectBundles, verifyBundles } from './inspect-bundle.ts';

test('the same input gives the same digest, whatever the order, times and modes', async () => {
  const options = await makeBundleOptions();
  const first = await createBundle(options);
  expect(await createBundle(options)).toEqual(first);
  const folder = join(await makeFolder(), 'copy');
  await cp(dirname(options.output), folder, { recursive: true, filter: (path) => path !== options.output });
  await chmod(join(folder, 'cni', 'bridge'), 0o600);
  await utimes(join(folder, 'cni', 'bridge'), 1, 1);
  const layers = {
    ...options.layers,
    cni: { version: '1.9.1', paths: [join(folder, 'cni/loopback'), join(folder, 'cni/bridge')] },
  };
  expect(await createBundle({ ...options, layers, output: join(folder, 'bundle') })).toEqual(first);
  const other = { ...options.layers, cni: { version: '1.9.1', paths: [join(folder, 'cni/loopback')] } };
  expect((await createBundle({ ...options, layers: other, output: join(folder, 'bundle') })).digest).not.toBe(
    first.digest,
  );
});

test('a second platform joins the version, in either order to the same digest', async () => {
  const options = await makeBundleOptions();
  const folder = await makeFolder();
  await makeImage(join(folder, 'arm.tar'), 'arm64');
  const images = [{ reference: 'registry.k8s.io/pause:3.10.2', archive: join(folder, 'arm.tar') }];
  const arm = { ...options, platform: 'linux/arm64' as const, images };
  const alone = await createBundle(options);
  const both = await createBundle(arm);
  expect(both.digest).not.toBe(alone.digest);
  const output = join(folder, 'bundle');
  await createBundle({ ...arm, output });
  expect((await createBundle({ ...options, output })).digest).toBe(both.digest);
  expect((await inspectBundles(output)).map((bundle) => bundle.platform)).toEqual(['linux/amd64', 'linux/arm64']);
});

test('a second version shares blobs and leaves the first as it was', async () => {
  const options = await makeBundleOptions();
  const first = await createBundle(options);
  const before = await readdir(join(options.output, 'blobs/sha256'));
  const kubernetes = { ...options.layers.kubernetes, version: 'v1.37.2' };
  await createBundle({ ...options, kubernetesVersion: 'v1.37.2', layers: { ...options.layers, kubernetes } });
  // Only the manifest and the index of the new version are new.
  expect(await readdir(join(options.output, 'blobs/sha256'))).toHaveLength(before.length + 2);
  const bundles = await inspectBundles(options.output);
  expect(bundles.map((bundle) => bundle.version)).toEqual(['v1.36.3', 'v1.37.2']);
  expect(bundles[0]?.digest).toBe(first.digest);
  expect(await verifyBundles(options.output, bundles)).toBeGreaterThan(8);
});

test('inspect tells what is in it, verify finds a flipped bit in any blob', async () => {
  const options = await makeBundleOptions();
  await createBundle(options);
  const bundles = await inspectBundles(options.output);
  const [bundle] = bundles;
  if (!bundle) throw new Error('no bundle');
  expect(describeBundle(bundle).join('\n')).toContain('  containerd 2.3.7  ');
  for (const blob of bundle.blobs) {
    const copy = await copyWithFlippedBit(options.output, blob.digest);
    expect(await codeOf(verifyBundles(copy, bundles))).toBe('DigestMismatch');
  }
});

test('input that makes no bundle is refused', async () => {
  const options = await makeBundleOptions();
  const { layers, images } = options;
  const folder = await makeFolder();
  const elf = join(folder, 'runc');
  await writeFile(elf, Buffer.from('7f454c460201010000000000000000000300b700', 'hex'));
  await makeImage(join(folder, 'arm.tar'), 'arm64');
  await writeFile(join(folder, 'no.tar'), 'no tar');
  const [pause = { reference: '', archive: '' }] = images;
  const refused = [
    { ...options, kubernetesVersion: '1.36' },
    { ...options, kubernetesVersion: 'v1.37.2' },
    { ...options, layers: { ...layers, runc: { version: '1', paths: [join(folder, 'absent')] } } },
    { ...options, layers: { ...layers, runc: { version: '1', paths: layers.cni.paths } } },
    { ...options, layers: { ...layers, runc: { version: '1', paths: [elf] } } },
    { ...options, layers: { ...layers, containerd: { version: '2', paths: [elf] } } },
    { ...options, images: [{ ...pause, archive: join(folder, 'arm.tar') }] },
    { ...options, images: [{ ...pause, archive: join(folder, 'no.tar') }] },
    { ...options, images: [{ ...pause, reference: 'pause' }] },
    { ...options, images: [pause, pause] },
  ];
  for (const bad of refused) expect(await codeOf(createBundle(bad))).toBe('InvalidInput');
});
