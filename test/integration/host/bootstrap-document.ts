// A bootstrap document as Cluster API's kubeadm provider writes it, for one control plane on the lab's kernel.
import { providerIdOf } from '../../../api/names.ts';
import type { Wish } from './agent-world.ts';

/** The join token of the document: what must be found nowhere afterwards. */
export const TOKEN = 'abcdef.0123456789abcdef';

const KUBEADM = `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
networking: {podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/16}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens: [{token: ${TOKEN}, ttl: 1h0m0s}]
nodeRegistration: {name: '{{ ds.meta_data.local_hostname }}', ignorePreflightErrors: [SystemVerification]}
patches: {directory: /etc/kubernetes/patches}
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
oomScoreAdj: 0
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
`;

const KUBELET = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
featureGates: {KubeletInUserNamespace: true}
`;

const indent = (text: string) => text.replaceAll(/^/gm, '      ').trimEnd();

/** `before` are commands in front of kubeadm. */
function writeDocument(before: string[]): string {
  return `## template: jinja
#cloud-config
write_files:
-   path: /run/kubeadm/kubeadm.yaml
    owner: root:root
    permissions: '0640'
    content: |
${indent(KUBEADM)}
-   path: /etc/kubernetes/patches/kubeletconfiguration0+merge.yaml
    content: |
${indent(KUBELET)}
-   path: /run/cluster-api/placeholder
    content: ""
runcmd:
${before.map((command) => `  - ${JSON.stringify(command)}\n`).join('')}
  - 'kubeadm init --config /run/kubeadm/kubeadm.yaml && echo success > /run/cluster-api/bootstrap-success.complete'
`;
}

/** The order to carry the document out. */
export function joinWish(options: {
  hostID: string;
  operation?: string;
  before?: string[];
  generation?: number;
  format?: string;
}): Wish {
  const { hostID, operation = 'join', before = [], generation = 1, format = 'cloud-config' } = options;
  const document = Buffer.from(writeDocument(before)).toString('base64');
  const metadata = { instanceId: `world-${generation}`, providerId: providerIdOf(hostID, generation) };
  return { verb: 'join', operation, generation, arguments: { format, document, metadata } };
}

/**
 * A document without a cluster: files in both ways, commands that count themselves, and the success file. What it leaves
 * is in folders that a reset empties, and the kubelet is started, without a configuration to run with.
 */
const LIGHT = `#cloud-config
bootcmd:
  - mkdir -p /etc/kubernetes && echo boot >> /etc/kubernetes/runs
write_files:
-   path: /run/kubeadm/kubeadm.yaml
    permissions: '0640'
    content: ${TOKEN}
-   path: /etc/kubernetes/bootstrap-kubelet.conf
    permissions: '0600'
    content: none
-   path: /etc/issue
    append: true
    content: |
      a node of a cluster
runcmd:
  - echo run >> /etc/kubernetes/runs
  - systemctl start --no-block kubelet
  - mkdir -p /run/cluster-api && echo success > /run/cluster-api/bootstrap-success.complete
`;

/** The order to carry the light document out. */
export function lightJoinWish(hostID: string): Wish {
  const document = Buffer.from(LIGHT).toString('base64');
  const metadata = { instanceId: 'light', providerId: providerIdOf(hostID, 1) };
  return { verb: 'join', operation: 'join', arguments: { format: 'cloud-config', document, metadata } };
}

/** On a host that has joined: the providerID of each Node of its cluster. */
export const LIST_PROVIDER_IDS =
  'kubectl --cache-dir /tmp/kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -o jsonpath={.items[*].spec.providerID}';
