// What our programs may do, by the API server's own answer. A change of deploy/rbac.yaml shows in rbac.golden.yaml; write
// it anew with `vitest run --project controller test/integration/controller/rights.test.ts -u`, and read the difference.
import { beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { CA_SECRET, GATEWAY_SECRET, SIGNING_KEY_SECRET, SYSTEM_NAMESPACE } from '../../../api/names.ts';
import { SECRETS } from '../../../common/kube/resources.ts';
import { rightsOf } from '../../support/rights-of.ts';
import { admin, newNamespace, ours, prepareServer } from './fixtures.ts';
import { gateway, refusalOf, tenantOf } from './people.ts';

beforeAll(prepareServer);

test('controller and gateway may do what the golden file says, in every namespace', async () => {
  const third = await newNamespace();
  const rights: Record<string, Record<string, string[]>> = {};
  for (const [name, kube] of Object.entries({ controller: ours(), gateway: gateway() })) {
    rights[name] = {
      [SYSTEM_NAMESPACE]: await rightsOf(kube, SYSTEM_NAMESPACE),
      default: await rightsOf(kube, 'default'),
      'any other': await rightsOf(kube, third),
    };
  }
  await expect(stringify(rights, { lineWidth: 0, singleQuote: true })).toMatchFileSnapshot('rbac.golden.yaml');
});

const FORBIDDEN = /403 .* is forbidden: User/s;

test('the gateway reads its own Secret, no other, and lists none', async () => {
  const namespace = await newNamespace();
  await admin.create(SECRETS, { metadata: { namespace, name: GATEWAY_SECRET } }, namespace);
  const own = { namespace: SYSTEM_NAMESPACE, name: GATEWAY_SECRET };
  expect(
    await gateway()
      .find(SECRETS, own)
      .then(() => 'answered'),
  ).toBe('answered');
  for (const key of [
    { namespace: SYSTEM_NAMESPACE, name: CA_SECRET },
    { namespace: SYSTEM_NAMESPACE, name: SIGNING_KEY_SECRET },
    { namespace, name: GATEWAY_SECRET },
    { namespace: 'kube-system', name: 'any' },
  ]) {
    expect(await refusalOf(gateway().get(SECRETS, key))).toMatch(FORBIDDEN);
  }
  expect(await refusalOf(gateway().list(SECRETS, { namespace: SYSTEM_NAMESPACE }))).toMatch(FORBIDDEN);
  const change = { manager: 'test', body: { data: {} } };
  expect(await refusalOf(gateway().patch(SECRETS, own, change))).toMatch(FORBIDDEN);
});

test('the controller lists no Secrets, and writes none outside its own namespace', async () => {
  const namespace = await newNamespace();
  expect(await refusalOf(ours().list(SECRETS))).toMatch(FORBIDDEN);
  expect(await refusalOf(ours().list(SECRETS, { namespace }))).toMatch(FORBIDDEN);
  expect(await refusalOf(ours().create(SECRETS, { metadata: { namespace, name: 'x' } }, namespace))).toMatch(FORBIDDEN);
  await admin.create(SECRETS, { metadata: { namespace, name: 'x' } }, namespace);
  const change = { manager: 'test', body: { data: { value: 'eA==' } } };
  expect(await refusalOf(ours().patch(SECRETS, { namespace, name: 'x' }, change))).toMatch(FORBIDDEN);
  expect(await refusalOf(ours().delete(SECRETS, { namespace, name: 'x' }))).toMatch(FORBIDDEN);
});

test.each(['view', 'edit', 'admin'])('the ClusterRole %s of Kubernetes has taken our rules up', async (role) => {
  const namespace = await newNamespace();
  const rights = await rightsOf(await tenantOf(namespace, role), namespace);
  const granted = rights.filter((line) => line.includes('byohostenrollments')).join('\n');
  expect(granted).toContain('list');
  expect(granted.includes('create')).toBe(role !== 'view');
  expect(rights.join('\n')).not.toMatch(/byohosts\/(claim|status)/);
});
