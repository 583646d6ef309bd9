// How much of a bundle has come: from the host's report into the machine's condition, past the workflow.
import { beforeAll, expect, test } from 'vitest';
import { createClusterActivities } from '../../../activities/cluster/index.ts';
import { FIELD_MANAGERS } from '../../../api/names.ts';
import { incarnationOf } from '../../../common/contract.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { BYO_HOSTS, BYO_MACHINES } from '../../../common/kube/resources.ts';
import { createKeyPair } from '../../../common/keys/sealing.ts';
import { until } from '../../support/until.ts';
import {
  admin,
  createCluster,
  createHost,
  createMachine,
  newNamespace,
  ours,
  prepareServer,
  setStatus,
} from './fixtures.ts';
import { runController } from './running.ts';

beforeAll(prepareServer);

const INSTALL = 'install/v1.36.3 on h';
/** A machine with a claimed host, and the workflow's way to say something of it. */
async function claimedMachine(namespace: string) {
  await createCluster(namespace);
  await createHost(namespace, 'h');
  await createMachine(namespace, 'm');
  const read = () => admin.get(BYO_MACHINES, { namespace, name: 'm' });
  await until(async () => expect((await read()).metadata.finalizers).not.toEqual([]));
  const incarnation = incarnationOf(await read());
  const body = { spec: { claim: { namespace, name: 'm', incarnation, generation: 1 }, lastGeneration: 1 } };
  await admin.patch(BYO_HOSTS, { namespace, name: 'h' }, { manager: 'test', body });
  await until(async () => expect((await read()).status?.hostRef?.name).toBe('h'));
  const signingKey = await createKeyPair('signing');
  const activities = createClusterActivities({ kube: ours(), signingKey, management: 'test' });
  const machine = { management: 'test', namespace, name: 'm', incarnation };
  const say = (reason: string, message: string) =>
    activities.reportConditions({ machine, conditions: [{ type: 'HostPrepared', status: 'False', reason, message }] });
  const told = async (type = 'Progressing') => findCondition((await read()).status?.conditions, type);
  return { say, told, openClaim: { incarnation, generation: 1 } };
}

type OpenClaim = { incarnation: string; generation: number };

/** The host's report of so many bytes; it works for that claim, or its ByoHost would be quarantined. */
async function reportBytes(
  namespace: string,
  bytes: number,
  openClaim: OpenClaim,
  step = 'FetchBundle',
): Promise<void> {
  const key = { namespace, name: 'h' };
  const { status } = await admin.get(BYO_HOSTS, key);
  const running = { operation: 'install/v1.36.3', generation: 1, state: 'Running', step, attempt: 1 };
  const reported = { ...status?.reported, generation: 1, openClaim, operation: { ...running, bytes, total: 283e6 } };
  await setStatus(BYO_HOSTS, key, { reported }, FIELD_MANAGERS.agent);
}

test('steps and bytes stand in Progressing, and wake nobody', async () => {
  const namespace = await newNamespace();
  await using running = await runController(namespace);
  const { say, told, openClaim } = await claimedMachine(namespace);
  await say('Installing', INSTALL);
  await reportBytes(namespace, 1e6, openClaim);
  const fetching = (bytes: string) => `${INSTALL}, step 1 of 11; FetchBundle ${bytes}`;
  await until(async () => expect((await told())?.message).toBe(fetching('1 of 283 MB (0 %)')));
  const wakes = running.told.length;
  await reportBytes(namespace, 120e6, openClaim);
  await until(async () => expect((await told())?.message).toBe(fetching('120 of 283 MB (42 %)')));
  await reportBytes(namespace, 120e6, openClaim, 'UnpackBinaries');
  await until(async () => expect((await told())?.reason).toBe('UnpackBinaries'));
  expect(running.told).toHaveLength(wakes);
  expect(await told('HostPrepared')).toMatchObject({ reason: 'Installing', message: INSTALL });
});
