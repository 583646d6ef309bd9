// Tenants: a namespace each, with a Cluster, Machines of it as a user writes them, and somebody who may edit our kinds there.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ByoHost } from '../../api/byo-host.ts';
import { ByoMachine } from '../../api/byo-machine.ts';
import type { Condition } from '../../api/meta.ts';
import { API_VERSION, GROUP } from '../../api/names.ts';
import { waitFor } from '../../lab/wait.ts';
import type { CommandResult } from '../../lab/spawn.ts';
import type { World } from './world.ts';

const CORE = 'cluster.x-k8s.io/v1beta2';
const CLUSTER_LABEL = { 'cluster.x-k8s.io/cluster-name': 'c' };
const VERSION = 'v1.36.3';

export type Named = { namespace: string; name: string };

/** Creates objects of any kind as the administrator. */
export async function create({ kubectl }: World, objects: unknown[]): Promise<void> {
  const items = { apiVersion: 'v1', kind: 'List', items: objects };
  await kubectl.run(['create', '-f', '-'], JSON.stringify(items));
}

/** A namespace that no earlier run has used, with a Cluster `c` whose infrastructure our controller provides. */
export async function createTenant(world: World, name: string): Promise<string> {
  const namespace = `${name}-${randomBytes(3).toString('hex')}`;
  const metadata = { namespace, name: 'c' };
  const endpoint = { host: '192.0.2.1', port: 6443 };
  await create(world, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: CORE,
      kind: 'Cluster',
      metadata,
      spec: {
        controlPlaneEndpoint: endpoint,
        infrastructureRef: { apiGroup: GROUP, kind: 'ByoCluster', name: 'c' },
      },
    },
    { apiVersion: API_VERSION, kind: 'ByoCluster', metadata, spec: { controlPlaneEndpoint: endpoint } },
    {
      apiVersion: API_VERSION,
      kind: 'K8sInstallerConfigTemplate',
      metadata: { namespace, name: 'installer' },
      spec: { template: { spec: { bundleType: 'k8s', bundleRepo: 'file:///none', allowFloatingTag: true } } },
    },
  ]);
  return namespace;
}

export const installerRef = { apiVersion: API_VERSION, kind: 'K8sInstallerConfigTemplate', name: 'installer' };

/** A Machine and its ByoMachine; `selects` are labels of the host, `secret` names its bootstrap data. */
export async function createMachine(
  world: World,
  { namespace, name }: Named,
  { selects, secret }: { selects: Record<string, string>; secret: string },
): Promise<void> {
  const metadata = { namespace, name, labels: CLUSTER_LABEL };
  await create(world, [
    {
      apiVersion: API_VERSION,
      kind: 'ByoMachine',
      metadata,
      spec: { selector: { matchLabels: selects }, installerRef },
    },
    {
      apiVersion: CORE,
      kind: 'Machine',
      metadata,
      spec: {
        clusterName: 'c',
        version: VERSION,
        bootstrap: { dataSecretName: secret },
        infrastructureRef: { apiGroup: GROUP, kind: 'ByoMachine', name },
      },
    },
  ]);
}

/** A Secret as Cluster API would make it, unless a test says otherwise. */
export function secretOf({ namespace, name }: Named, value: string, more: { type?: string; cluster?: string } = {}) {
  const { type = 'cluster.x-k8s.io/secret', cluster = 'c' } = more;
  const labels = { 'cluster.x-k8s.io/cluster-name': cluster };
  return { apiVersion: 'v1', kind: 'Secret', type, metadata: { namespace, name, labels }, stringData: { value } };
}

export async function readHost({ kubectl }: World, { namespace, name }: Named): Promise<ByoHost> {
  return ByoHost.parse(await kubectl.get(['-n', namespace, 'byohost', name]));
}

/** Waits until a condition of the ByoMachine has this reason, and gives it. */
export async function waitForReason(world: World, at: Named, type: string, reason: string): Promise<Condition> {
  const found: Condition[] = [];
  const probe = async () => {
    const { status } = ByoMachine.parse(await world.kubectl.get(['-n', at.namespace, 'byomachine', at.name]));
    const condition = status?.conditions?.find((one) => one.type === type);
    if (condition?.reason !== reason) return JSON.stringify(status?.conditions ?? []);
    found.push(condition);
    return undefined;
  };
  await waitFor(`${type} ${reason} of ${at.name}`, probe, { timeoutMs: 60_000, everyMs: 250 });
  const [condition] = found;
  if (!condition) throw new Error('unreachable: the wait was content');
  return condition;
}

/** kubectl as somebody who has the role byo-edit in one namespace and nothing else. */
export async function asTenant(
  world: World,
  namespace: string,
): Promise<(args: string[], object?: object) => Promise<CommandResult>> {
  const user = `tenant-of-${namespace}`;
  const role = ['rolebinding', 'tenant', '-n', namespace, '--clusterrole=byo-edit', `--user=${user}`];
  await world.kubectl.run(['create', ...role]);
  return (args, object) => world.kubectl.try([`--as=${user}`, ...args], object && JSON.stringify(object));
}

const List = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });

export async function namesOf({ kubectl }: World, namespace: string, kind: string): Promise<string[]> {
  return List.parse(await kubectl.get(['-n', namespace, kind])).items.map(({ metadata }) => metadata.name);
}
