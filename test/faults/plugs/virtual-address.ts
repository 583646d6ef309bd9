// A cluster of three control planes behind a virtual address, which keepalived holds: installed, configured and started by
// the bootstrap document, as a user would.
import { writeFile } from 'node:fs/promises';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { kubectlOf } from '../../../harness/kubectl.ts';
import { manifestFile, renderCluster } from '../../../harness/cluster.ts';
import type { HostHandle } from '../../../lab/index.ts';
import type { Bench } from './bench.ts';
import { inNamespace } from './one-node.ts';

/** Above every host of the instance. */
export const virtualAddressOf = ({ host }: Bench): string => host.address.replace(/\d+$/, '251');

const Manifest = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
const Spec = z.looseObject({
  kubeadmConfigSpec: z.looseObject({ files: z.array(z.unknown()), preKubeadmCommands: z.array(z.string()) }),
});

/** Applies a cluster of that many control planes on any hosts of the instance, without workers. */
export async function applyVirtual(bench: Bench, wish: { name: string; replicas: number }): Promise<void> {
  const { instance, bundle } = bench;
  const address = virtualAddressOf(bench);
  const rendered = await renderCluster(instance, bundle, { name: wish.name, endpoint: address, workers: 0 });
  const manifests = parseAllDocuments(rendered).map((document) => Manifest.parse(document.toJS()));
  const edited = manifests.map((manifest) => stringify(edit(manifest, address, wish.replicas))).join('---\n');
  await writeFile(manifestFile(instance, wish.name), edited, { mode: 0o600 });
  await kubectlOf(instance).run(['apply', '-f', '-'], edited);
}

function edit(manifest: z.infer<typeof Manifest>, address: string, replicas: number): object {
  if (manifest.kind === 'KubeadmControlPlane')
    return { ...manifest, spec: editControlPlane(manifest['spec'], address, replicas) };
  if (manifest.kind !== 'ByoMachineTemplate') return manifest;
  const Template = z.looseObject({ template: z.looseObject({ spec: z.looseObject({}) }) });
  const { template } = Template.parse(manifest['spec']);
  return { ...manifest, spec: { template: { spec: { ...template.spec, selector: { matchLabels: {} } } } } };
}

function editControlPlane(given: unknown, address: string, replicas: number): object {
  const spec = Spec.parse(given);
  const { files, preKubeadmCommands } = spec.kubeadmConfigSpec;
  const config = {
    path: '/etc/keepalived/keepalived.conf',
    owner: 'root:root',
    permissions: '0644',
    content: configOf(address),
  };
  const kubeadmConfigSpec = {
    ...spec.kubeadmConfigSpec,
    files: [...files, config],
    preKubeadmCommands: [...commandsOf(address), ...preKubeadmCommands],
  };
  return { ...spec, replicas, kubeadmConfigSpec };
}

/** All alike: whoever begins waits for three announcements of another, and of two equals neither takes over. */
const configOf = (address: string): string => `vrrp_instance api {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 1
  virtual_ipaddress {
    ${address}/24
  }
}
`;

/** The first control plane has to hold the address before kubeadm asks for it. */
const commandsOf = (address: string): string[] => [
  'command -v keepalived || { apt-get update -q; DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends keepalived; }',
  'systemctl enable --now keepalived.service',
  `if [ -f /run/kubeadm/kubeadm.yaml ]; then for i in $(seq 100); do ip -4 address show dev eth0 | grep -qF ${address}/ && break; sleep 0.2; done; fi`,
];

/** Those of the hosts that carry the address now. */
export async function listHolders(address: string, hosts: readonly HostHandle[]): Promise<HostHandle[]> {
  const holders: HostHandle[] = [];
  for (const host of hosts) {
    if ((await host.state()) !== 'running') continue;
    const { stdout } = await host.exec(['ip', '-4', '-o', 'address', 'show']);
    if (stdout.includes(` ${address}/`)) holders.push(host);
  }
  return holders;
}

/** KubeadmControlPlane has the scale subresource. */
export async function scale({ instance }: Bench, name: string, replicas: number): Promise<void> {
  await inNamespace(instance, ['scale', `kubeadmcontrolplane/${name}-control-plane`, `--replicas=${replicas}`]);
}
