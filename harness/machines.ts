// Machines and their hosts as the management plane tells them, and the line that says where each one is.
import { z } from 'zod';
import type { ByoHost } from '../api/byo-host.ts';
import type { ByoMachine } from '../api/byo-machine.ts';
import { MACHINE_CONDITIONS } from '../api/conditions.ts';
import type { Condition } from '../api/meta.ts';
import type { OperationProgress } from '../api/report/reported-host.ts';
import type { Kube } from '../common/kube/client.ts';
import { isTrue } from '../common/kube/conditions.ts';
import { connect } from '../common/kube/connect.ts';
import { BYO_HOSTS, BYO_MACHINES } from '../common/kube/resources.ts';
import type { Instance } from '../lab/index.ts';
import { CLUSTER } from './cluster.ts';

/** A `kubectl get -o json` of many. */
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

/** Where one machine is, in a line: its host, the step that runs there, or what it waits for. */
export function describeMachine(machine: ByoMachine, hosts: ByoHost[]): string {
  const conditions = machine.status?.conditions ?? [];
  const wait = describeWait(conditions);
  const hostName = hostNameOf(machine);
  if (hostName === undefined) return wait ?? UNTOLD;
  const host = hosts.find(({ metadata }) => metadata.name === hostName);
  const end = isTrue(conditions, MACHINE_CONDITIONS.bootstrapSucceeded) ? 'bootstrapped' : UNTOLD;
  return `on ${hostName}: ${describeRunning(host) ?? wait ?? end}`;
}

/** Before the workflow has said anything. */
const UNTOLD = 'waiting for its workflow';

const hostNameOf = (machine: ByoMachine): string | undefined => machine.status?.hostRef?.name;

function describeRunning(host: ByoHost | undefined): string | undefined {
  const operation = host?.status?.reported?.operation;
  return operation?.state === 'Running' ? describeOperation(operation) : undefined;
}

/** Not True as long as all is well, or a sum of the others. */
const NO_WAIT: readonly string[] = [
  MACHINE_CONDITIONS.paused,
  MACHINE_CONDITIONS.ready,
  MACHINE_CONDITIONS.progressing,
];

function describeWait(conditions: Condition[]): string | undefined {
  const unmet = conditions.find(({ status, type }) => status !== 'True' && !NO_WAIT.includes(type));
  return unmet && `${unmet.type} ${[unmet.reason, unmet.message].filter(Boolean).join(': ')}`;
}

function describeOperation({ operation, step, bytes, total, message }: OperationProgress): string {
  const share = total ? `${Math.round((100 * (bytes ?? 0)) / total)} %` : undefined;
  const words = [operation, step, share, message && `(${message})`];
  return words.filter((word) => word !== undefined).join(' ');
}

const kubes = new WeakMap<Instance, Kube>();

/** What is looked at again and again is not asked of kubectl, each run of which takes a tenth of a second of a core. */
export function kubeOf(instance: Instance): Kube {
  const kube = kubes.get(instance) ?? connect({ kubeconfig: instance.kubeconfig });
  kubes.set(instance, kube);
  return kube;
}

/** Machines and hosts of the demo, read once. */
export async function readMachines(instance: Instance): Promise<{ name: string; line: string; machine: ByoMachine }[]> {
  const [{ items: machines }, hosts] = await Promise.all([
    kubeOf(instance).list(BYO_MACHINES, { namespace: CLUSTER.namespace }),
    readHosts(instance),
  ]);
  return machines.map((machine) => ({ name: machine.metadata.name, line: describeMachine(machine, hosts), machine }));
}

/** Every ByoHost of the demo. */
export async function readHosts(instance: Instance): Promise<ByoHost[]> {
  return (await kubeOf(instance).list(BYO_HOSTS, { namespace: CLUSTER.namespace })).items;
}

/** One ByoHost. */
export async function readHost(instance: Instance, name: string): Promise<ByoHost> {
  return kubeOf(instance).get(BYO_HOSTS, { namespace: CLUSTER.namespace, name });
}

/** Whether a host is free to be claimed: `Available`, and if not, why, in a line. */
export function describeHost({ spec, status }: ByoHost): string {
  const available = status?.conditions?.find(({ type }) => type === 'Available');
  if (!spec.claim && available?.status === 'True') return AVAILABLE;
  return available ? `${available.reason}: ${available.message}` : 'not looked at yet';
}

/** What `describeHost` says of a host that can be claimed now. */
export const AVAILABLE = 'Available';
