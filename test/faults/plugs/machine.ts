// The ByoMachine of a scenario's cluster and its host, as the management plane tells them.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { ByoMachine } from '../../../api/byo-machine.ts';
import type { Condition } from '../../../api/meta.ts';
import { LABELS } from '../../../api/names.ts';
import type { Finding } from '../../../api/report/reported-host.ts';
import { BYO_MACHINES } from '../../../common/kube/resources.ts';
import { CLUSTER } from '../../../harness/cluster.ts';
import { kubectlOf } from '../../../harness/kubectl.ts';
import { kubeOf, readHost } from '../../../harness/machines.ts';
import { waitFor } from '../../../lab/wait.ts';
import type { Bench } from './bench.ts';

/** Of a cluster with a worker, `worker` is the name of that one's host. */
async function readMachine({ instance }: Bench, cluster: string, worker?: string): Promise<ByoMachine> {
  const { items } = await kubeOf(instance).list(BYO_MACHINES, { namespace: CLUSTER.namespace });
  const [machine, ...others] = items.filter(
    ({ metadata, status }) =>
      metadata.labels[LABELS.clusterName] === cluster && (worker === undefined || status?.hostRef?.name === worker),
  );
  if (!machine || others.length > 0) throw new Error(`cluster ${cluster} has no one ByoMachine`);
  return machine;
}

/** Name of the one ByoMachine of a cluster. */
export const machineOf = async (bench: Bench, cluster: string, worker?: string): Promise<string> =>
  (await readMachine(bench, cluster, worker)).metadata.name;

/** Waits until a condition of the cluster's ByoMachine has this reason. */
export async function waitForMachineCondition(
  bench: Bench,
  cluster: string,
  ...[type, reason, worker]: [type: string, reason: string, worker?: string]
): Promise<Condition> {
  let found: Condition | undefined;
  const probe = async (): Promise<string | undefined> => {
    const { status } = await readMachine(bench, cluster, worker);
    found = status?.conditions?.find((condition) => condition.type === type);
    return found?.reason === reason ? undefined : `${found?.reason}: ${found?.message}`;
  };
  await waitFor(`${type} ${reason} of ${cluster}`, probe, { timeoutMs: 420_000, everyMs: 250 });
  if (!found) throw new Error(`${type} went away`);
  return found;
}

/** Waits until a condition of the bench's ByoHost has this reason. */
export async function waitForHostCondition(
  { instance, host }: Bench,
  type: string,
  reason: string,
): Promise<Condition> {
  let found: Condition | undefined;
  const probe = async (): Promise<string | undefined> => {
    const { status } = await readHost(instance, host.name);
    found = status?.conditions?.find((condition) => condition.type === type);
    return found?.reason === reason ? undefined : `${found?.reason}: ${found?.message}`;
  };
  await waitFor(`${type} ${reason} of ${host.name}`, probe, { timeoutMs: 300_000, everyMs: 250 });
  if (!found) throw new Error(`${type} went away`);
  return found;
}

/** Waits until the host says of itself that it is unfit, in these words; gives the finding. */
export async function waitForFinding({ instance, host }: Bench, words: RegExp): Promise<Finding> {
  let found: Finding | undefined;
  const probe = async (): Promise<string | undefined> => {
    const { findings = [] } = (await readHost(instance, host.name)).status?.reported ?? {};
    found = findings.find(({ message }) => words.test(message));
    return found ? undefined : findings.map(({ message }) => message).join('; ') || 'nothing is found';
  };
  await waitFor(`${host.name} unfit`, probe, { timeoutMs: 120_000, everyMs: 500 });
  if (!found) throw new Error('the finding went away');
  return found;
}

/** Waits until the host can be claimed. */
export async function waitForFit({ instance, host }: Bench): Promise<void> {
  const probe = async (): Promise<string | undefined> => {
    const available = (await readHost(instance, host.name)).status?.conditions?.find(
      ({ type }) => type === 'Available',
    );
    return available?.status === 'True' ? undefined : `${available?.reason}: ${available?.message}`;
  };
  await waitFor(`${host.name} available`, probe, { timeoutMs: 120_000, everyMs: 500 });
}

const QUIET_MS = 15_000;
const Deleting = z.object({ metadata: z.object({ deletionTimestamp: z.string(), resourceVersion: z.string() }) });

/** Looks on while nothing may happen: the object is being deleted, unchanged, and the host held with its operation running. */
export async function watchNothingHappen({ instance, host }: Bench, machine: string): Promise<void> {
  const look = async (): Promise<string> => {
    const { metadata } = Deleting.parse(await kubectlOf(instance).get(['-n', CLUSTER.namespace, machine]));
    const { spec, status } = await readHost(instance, host.name);
    const { operation, state, step } = status?.reported?.operation ?? {};
    return JSON.stringify([metadata, spec.claim, operation, state, step]);
  };
  await delay(2000); // Conditions may still be told of the change that the scenario made last.
  const first = await look();
  for (const end = Date.now() + QUIET_MS; Date.now() < end; await delay(500)) {
    const now = await look();
    if (now !== first) throw new Error(`something happened to ${machine}: ${first} became ${now}`);
  }
}
