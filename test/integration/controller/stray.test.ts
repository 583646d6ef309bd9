// A machine that was given two hosts, as by an attempt to claim that was frozen and came back: the second is given back.
import { beforeAll, expect, test } from 'vitest';
import { FIELD_MANAGERS, providerIdOf } from '../../../api/names.ts';
import { BYO_HOSTS, BYO_MACHINES } from '../../../common/kube/resources.ts';
import { reportedHost } from '../../support/builders.ts';
import { until } from '../../support/until.ts';
import { admin, createCluster, createHost, createMachine, newNamespace, prepareServer, setStatus } from './fixtures.ts';
import { runController } from './running.ts';

beforeAll(prepareServer);

test('a second host that never heard of its claim is free once the machine is prepared on the first', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  const hosts = { a: (await createHost(namespace, 'a')).host, b: (await createHost(namespace, 'b')).host };
  const incarnation = (await createMachine(namespace, 'm')).metadata.uid;
  const claim = { namespace, name: 'm', incarnation, generation: 3 };
  const body = { spec: { claim, lastGeneration: 3 } };
  for (const name of ['a', 'b']) await admin.patch(BYO_HOSTS, { namespace, name }, { manager: 'test', body });
  const openClaim = { incarnation, generation: 3 };
  const reported = reportedHost({ hostname: 'b', generation: 3, openClaim });
  await setStatus(BYO_HOSTS, { namespace, name: 'b' }, { reported }, FIELD_MANAGERS.agent);
  await using _ = await runController(namespace);
  const claimOf = async (name: string) => (await admin.get(BYO_HOSTS, { namespace, name })).spec.claim;
  const machine = { namespace, name: 'm' };
  await until(async () => expect((await admin.get(BYO_MACHINES, machine)).metadata.finalizers).not.toEqual([]));
  expect([await claimOf('a'), await claimOf('b')]).toEqual([claim, claim]);
  const spec = { providerID: providerIdOf(hosts.b.spec.hostID, 3) };
  await admin.patch(BYO_MACHINES, machine, { manager: 'test', body: { spec } });
  await until(async () => expect(await claimOf('a')).toBeUndefined());
  expect(await claimOf('b')).toEqual(claim);
});
