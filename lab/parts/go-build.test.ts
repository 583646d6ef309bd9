import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { goOutputName, groupByOutput, moduleFolder } from './go-build.ts';
import { goBinaries, goParts } from './go-parts.ts';

test('go names a binary after the last word of its package that is not a major version', () => {
  expect(goOutputName('go.etcd.io/etcd/server/v3')).toBe('server');
  expect(goOutputName('k8s.io/kubernetes/cmd/kubelet')).toBe('kubelet');
  expect(goOutputName('lab.local/pause')).toBe('pause');
});

test('binaries go would give one name are built by calls of their own', () => {
  const binaries = {
    core: 'capi/core',
    bootstrap: 'capi/bootstrap/kubeadm',
    controlPlane: 'capi/controlplane/kubeadm',
  };
  expect(groupByOutput(binaries)).toEqual([
    { core: 'capi/core', bootstrap: 'capi/bootstrap/kubeadm' },
    { controlPlane: 'capi/controlplane/kubeadm' },
  ]);
});

test('every binary belongs to a part that exists', () => {
  const names = goParts.map((part) => part.name);
  for (const part of Object.values(goBinaries)) expect(names).toContain(part);
});

test.each(goParts.filter((part) => !part.version.startsWith('0.')).map(({ name, version }) => [name, version]))(
  'go.mod of %s pins the version the key names, %s',
  async (name, version) => {
    const file = await readFile(join(moduleFolder(name), 'go.mod'), 'utf8');
    expect(file).toMatch(new RegExp(`v${version.replaceAll('.', '\\.')}( // indirect)?$`, 'm'));
  },
);

test('kubernetes replaces each staging module by its release, never by a folder', async () => {
  const file = await readFile(join(moduleFolder('kubernetes'), 'go.mod'), 'utf8');
  const replacements = file.split('\n').filter((line) => line.includes('=>'));
  expect(replacements.length).toBeGreaterThan(25);
  for (const line of replacements) expect(line).toMatch(/^\t(k8s\.io\/\S+) => \1 v0\.36\.3$/);
});
