// What a person mends in an installer template is noticed at once: whoever waits for it is looked at again.
import { beforeAll, expect, test, vi } from 'vitest';
import { API_VERSION } from '../../../api/names.ts';
import { INSTALLER_TEMPLATES } from '../../../common/kube/resources.ts';
import { admin, createCluster, createMachine, newNamespace, prepareServer } from './fixtures.ts';
import { runController } from './running.ts';

beforeAll(prepareServer);

const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 50 });

test('a template that comes, and a version that is added, are told to the machines that name it, within seconds', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  await using running = await runController(namespace);
  await createMachine(namespace, 'm');
  await createMachine(namespace, 'other', { installerRef: { name: 'another' } });
  const toldOf = (name: string) => running.told.filter((told) => told.name === name).length;
  await until(() => expect([toldOf('m'), toldOf('other')]).toEqual([1, 1]));
  const spec = { bundleRepo: 'file:///bundles', bundleType: 'k8s' };
  const template = {
    apiVersion: API_VERSION,
    metadata: { namespace, name: 'installer' },
    spec: { template: { spec } },
  };
  await admin.create(INSTALLER_TEMPLATES, template, namespace);
  await until(() => expect(toldOf('m')).toBe(2));
  const versions = [{ version: 'v1.36.3', digest: `sha256:${'a'.repeat(64)}` }];
  const body = { spec: { template: { spec: { versions } } } };
  await admin.patch(INSTALLER_TEMPLATES, { namespace, name: 'installer' }, { manager: 'test', body });
  await until(() => expect(toldOf('m')).toBe(3));
  expect(toldOf('other')).toBe(1);
});
