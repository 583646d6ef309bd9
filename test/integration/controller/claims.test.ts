// Claims on a real API server: compare-and-swap is its work, and two controllers at once must be harmless.
import { beforeAll, expect, test } from 'vitest';
import { createClusterActivities } from '../../../activities/cluster/index.ts';
import { LABELS } from '../../../api/names.ts';
import { incarnationOf } from '../../../common/contract.ts';
import { BYO_HOSTS } from '../../../common/kube/resources.ts';
import { createKeyPair } from '../../../common/keys/sealing.ts';
import type { ByoMachine } from '../../../api/byo-machine.ts';
import {
  admin,
  createCluster,
  createHost,
  createMachine,
  makeClaimable,
  newNamespace,
  ours,
  prepareServer,
} from './fixtures.ts';

beforeAll(prepareServer);

const keyOf = ({ metadata }: ByoMachine) => ({
  management: 'test',
  namespace: metadata.namespace,
  name: metadata.name,
  incarnation: incarnationOf({ metadata }),
});

/** Activities of another controller: its own connection, its own turn. */
const controller = async () =>
  createClusterActivities({ kube: ours(), signingKey: await createKeyPair('signing'), management: 'test' });

async function hostsOf(namespace: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await createHost(namespace, `h${index}`);
    await makeClaimable(namespace, `h${index}`);
  }
}

test('two controllers claim one host for two machines: one wins, the other says why', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  await hostsOf(namespace, 1);
  const machines = [await createMachine(namespace, 'a'), await createMachine(namespace, 'b')];
  const results = await Promise.all(
    machines.map(async (machine) => (await controller()).claimHost({ machine: keyOf(machine) })),
  );
  expect(results.filter((result) => 'claim' in result)).toHaveLength(1);
  expect(results.filter((result) => 'waiting' in result)).toMatchObject([{ waiting: { reason: 'NoHostFits' } }]);
  const host = await admin.get(BYO_HOSTS, { namespace, name: 'h0' });
  expect(host.spec).toMatchObject({ claim: { generation: 1 }, lastGeneration: 1 });
});

test('ten machines race for six hosts, each twice at once: six hosts, each claimed once', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  await hostsOf(namespace, 6);
  const machines: ByoMachine[] = [];
  for (let index = 0; index < 10; index += 1) machines.push(await createMachine(namespace, `m${index}`));
  const controllers = [await controller(), await controller()];
  const race = controllers.flatMap((activities) =>
    machines.map((machine) => activities.claimHost({ machine: keyOf(machine) })),
  );
  await Promise.all(race);
  const { items } = await admin.list(BYO_HOSTS, { namespace });
  const holders = items.map((host) => host.spec.claim?.name);
  expect(new Set(holders).size).toBe(6);
  expect(holders).not.toContain(undefined);
  expect(new Set(holders)).toEqual(new Set(['m0', 'm1', 'm2', 'm3', 'm4', 'm5']));
});

test('a claim that stands is answered again, with its generation', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  await hostsOf(namespace, 2);
  const machine = keyOf(await createMachine(namespace, 'a'));
  const first = await (await controller()).claimHost({ machine });
  const again = await (await controller()).claimHost({ machine });
  expect(again).toEqual(first);
  const labelSelector = `${LABELS.claim}=${machine.incarnation}`;
  const { items } = await admin.list(BYO_HOSTS, { namespace, labelSelector });
  expect(items.map(({ spec }) => spec.claim?.name)).toEqual(['a']);
});

test('a new claim has a generation above all that cluster and host have seen', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  await hostsOf(namespace, 1);
  const key = { namespace, name: 'h0' };
  await admin.patch(BYO_HOSTS, key, { manager: 'test', body: { spec: { lastGeneration: 4 } } });
  const host = await admin.get(BYO_HOSTS, key);
  const reported = { ...host.status?.reported, generation: 6 };
  await admin.apply(BYO_HOSTS, key, { manager: 'byo-agent', subresource: 'status', body: { status: { reported } } });
  const result = await (await controller()).claimHost({ machine: keyOf(await createMachine(namespace, 'a')) });
  expect(result).toMatchObject({ claim: { hostName: 'h0', generation: 7 } });
});
