import { expect, test } from 'vitest';
import type { BootstrapFile } from '../steps/join/cloud-init/bootstrap-plan.ts';
import { normalFolder, whyRefused } from './check-folder.ts';
import { foldersOfDocument } from './folders-of-document.ts';
import { foldersOfApiServer, foldersOfEtcd, foldersOfKubelet } from './folders-of-manifests.ts';

const pod = (flags: string[], mounts: [inside: string, outside: string][]) => `apiVersion: v1
kind: Pod
metadata: {name: etcd, namespace: kube-system}
spec:
  containers:
  - name: etcd
    command: [etcd, ${flags.map((flag) => JSON.stringify(flag)).join(', ')}]
    volumeMounts: [${mounts.map(([inside], at) => `{mountPath: ${inside}, name: v${at}}`).join(', ')}]
  volumes: [${mounts.map(([, outside], at) => `{name: v${at}, hostPath: {path: "${outside}", type: DirectoryOrCreate}}`).join(', ')}]
`;
const same = (path: string): [string, string] => [path, path];

test.each([
  ['as kubeadm writes it', pod(['--data-dir=/data/etcd'], [same('/data/etcd')]), ['etcd /data/etcd']],
  ['flag and value apart', pod(['--data-dir', '/data/etcd/'], [same('/data/etcd')]), ['etcd /data/etcd']],
  ['mounted elsewhere inside', pod(['--data-dir=/in/etcd'], [['/in', '/data']]), ['etcd /data/etcd']],
  [
    'the deepest mount counts',
    pod(
      ['--data-dir=/in/etcd/x'],
      [
        ['/in', '/other'],
        ['/in/etcd', '/data'],
      ],
    ),
    ['etcd /data/x'],
  ],
  [
    'a log of its own',
    pod(['--data-dir=/data/etcd', '--wal-dir=/fast/wal'], [same('/data/etcd'), same('/fast/wal')]),
    ['etcd /data/etcd', 'wal /fast/wal'],
  ],
  ['not on the machine', pod(['--data-dir=/data/etcd'], [same('/etc/kubernetes/pki/etcd')]), []],
  ['a path that leads out', pod(['--data-dir=/data/etcd/../../etc'], [same('/data/etcd')]), []],
  ['a host path that leads out', pod(['--data-dir=/data'], [['/data', '/data/../etc']]), []],
  ['a relative path', pod(['--data-dir=data'], [same('/data')]), []],
  ['a control character', pod(['--data-dir=/da\u0007ta'], [same('/da')]), []],
  ['no pod', 'kind: Pod\nspec: {containers: 1, volumes: [x, {name: [a]}]}', []],
  ['no YAML', '{{{', []],
  ['deep nesting', `spec: ${'['.repeat(5000)}`, []],
])('etcd, %s', (_name, manifest, folders) => {
  expect(foldersOfEtcd(manifest).map(({ path, kind }) => `${kind} ${path}`)).toEqual(folders);
});

test('the certificates are where the authority of clients is', () => {
  const flags = ['--client-ca-file=/data/pki/ca.crt', '--tls-cert-file=/etc/owner/tls.crt'];
  const manifest = pod(flags, [same('/data/pki'), same('/etc/ssl/certs'), same('/etc/owner')]);
  expect(foldersOfApiServer(manifest)).toEqual([{ path: '/data/pki', kind: 'certificates' }]);
});

test.each([
  ['KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.1 --root-dir=/data/kubelet"', ['/data/kubelet']],
  ["KUBELET_EXTRA_ARGS='--root-dir /data/kubelet/ --v=2'", ['/data/kubelet']],
  ['KUBELET_EXTRA_ARGS=--root-dir="/data/kubelet"', ['/data/kubelet']],
  ['KUBELET_EXTRA_ARGS=--cert-dir=/data', []],
  ['KUBELET_EXTRA_ARGS=--root-dir=../data', []],
])('the kubelet, %s', (flags, paths) => {
  expect(foldersOfKubelet(flags).map(({ path }) => path)).toEqual(paths);
});

const file = (path: string, content: string): BootstrapFile => ({
  path,
  content: Buffer.from(content),
  owner: 'root:root',
  permissions: 0o640,
  append: false,
});
const KUBEADM = '/run/kubeadm/kubeadm.yaml';
const INIT = `---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
controlPlaneEndpoint: 192.0.2.100:6443
certificatesDir: /data/pki/
etcd:
  local:
    dataDir: /data/etcd
    extraArgs: [{name: wal-dir, value: /fast/wal}]
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration:
  ignorePreflightErrors: [SystemVerification]
  kubeletExtraArgs: [{name: v, value: "2"}, {name: root-dir, value: /data/kubelet}]
`;
const JOIN = `apiVersion: kubeadm.k8s.io/v1beta3
kind: JoinConfiguration
controlPlane: {}
discovery: {bootstrapToken: {apiServerEndpoint: '[2001:db8::64]:6443', token: a.b}}
nodeRegistration: {kubeletExtraArgs: {root-dir: /data/kubelet}}
`;

test('a document that makes a cluster names its folders and its endpoint', () => {
  expect(foldersOfDocument([file(KUBEADM, INIT), file('/etc/other.yaml', 'etcd: {local: {dataDir: /x}}')])).toEqual({
    folders: [
      { path: '/data/etcd', kind: 'etcd' },
      { path: '/fast/wal', kind: 'wal' },
      { path: '/data/pki', kind: 'certificates' },
      { path: '/data/kubelet', kind: 'kubelet' },
    ],
    checksEtcd: true,
    endpoints: ['192.0.2.100'],
  });
});

test('one that joins knows those of its machine, and where Cluster API puts the authorities', () => {
  const files = [file(KUBEADM, JOIN), file('/data/pki/ca.crt', 'x'), file('/data/pki/etcd/ca.crt', 'x')];
  expect(foldersOfDocument(files)).toMatchObject({
    folders: [
      { path: '/data/kubelet', kind: 'kubelet' },
      { path: '/data/pki', kind: 'certificates' },
      { path: '/data/pki', kind: 'certificates' },
    ],
    checksEtcd: true,
    endpoints: ['2001:db8::64'],
  });
});

test.each([
  ['all is ignored', [file(KUBEADM, INIT.replace('SystemVerification', 'All'))]],
  ['the folder is ignored', [file(KUBEADM, INIT.replace('SystemVerification', 'DirAvailable--data-etcd'))]],
  ['etcd’s manifest is patched', [file(KUBEADM, INIT), file('/etc/kubernetes/patches/etcd0+merge.yaml', 'spec: {}')]],
  ['nothing of kubeadm is in it', [file('/etc/motd', 'hello')]],
  ['it cannot be read', [file(KUBEADM, `${INIT}\n\t{`)].slice(1)],
])('kubeadm is not known to refuse a full folder of etcd when %s', (_name, files) => {
  expect(foldersOfDocument(files).checksEtcd).toBe(false);
});

const REFUSED = `/ /usr /usr/lib/etcd /etc /var /var/lib /home /home/user /root /mnt /opt /run /boot/etcd /proc/1 /sys /dev/shm/x
  /lib/modules /etc/ssh /etc/ssl/private /etc/systemd/system /var/lib/byo-agent/store /etc/byo-agent
  /usr/local/lib/byo-agent /var/run /var/log /etc/cni`;

test.each(REFUSED.split(/\s+/))('%s is refused whatever a manifest says', (path) => {
  expect(whyRefused(path)).toBeDefined();
});

test.each([
  '/data',
  '/data/etcd',
  '/mnt/fast/etcd',
  '/srv/etcd',
  '/opt/etcd',
  '/home/etcd/data',
  '/etc/k8s/pki',
  '/var/etcd',
])('%s may be a cluster’s', (path) => {
  expect(whyRefused(path)).toBeUndefined();
});

test('paths are compared in one form, and odd ones are none', () => {
  expect(normalFolder('//data///etcd/./')).toBe('/data/etcd');
  expect(['data', '/a/../b', '/a\n', `/${'a'.repeat(2000)}`, ''].map(normalFolder)).toEqual(Array(5).fill(undefined));
});
