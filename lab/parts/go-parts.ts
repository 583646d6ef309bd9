// The parts that are built from Go modules: which programs, with which flags, and why those.
import { buildGoModule, type GoRecipe } from './go-build.ts';
import type { Part } from './part.ts';
import { versions } from './versions.ts';

const strip = ['-s', '-w'];

/** Linker flags that set string variables of one package. */
function stamp(goPackage: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['-X', `${goPackage}.${name}=${value}`]);
}

/** What Kubernetes and Cluster API programs say of themselves; kubeadm and clusterctl decide by it. */
function gitVersion(version: string): Record<string, string> {
  const [major = '', minor = ''] = version.split('.');
  return { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
}

function packagesUnder(prefix: string, paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path.slice(path.lastIndexOf('/') + 1), `${prefix}/${path}`]));
}

const kubernetes: GoRecipe = {
  module: 'kubernetes',
  binaries: packagesUnder('k8s.io/kubernetes/cmd', [
    'kubeadm',
    'kubelet',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kube-proxy',
    'kubectl',
  ]),
  ldflags: [
    ...strip,
    ...['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((goPackage) =>
      stamp(goPackage, gitVersion(versions.kubernetes)),
    ),
  ],
};

const etcd: GoRecipe = {
  module: 'etcd',
  binaries: { etcd: 'go.etcd.io/etcd/server/v3', etcdctl: 'go.etcd.io/etcd/etcdctl/v3' },
  ldflags: strip,
};

const containerd: GoRecipe = {
  module: 'containerd',
  binaries: packagesUnder('github.com/containerd/containerd/v2/cmd', ['containerd', 'containerd-shim-runc-v2', 'ctr']),
  tags: ['no_btrfs', 'no_devmapper', 'no_zfs'],
  ldflags: [...strip, ...stamp('github.com/containerd/containerd/v2/version', { Version: `v${versions.containerd}` })],
};

// Without seccomp every pod fails; seccomp means C, and static linking keeps the host's glibc out of it.
const runc: GoRecipe = {
  module: 'runc',
  binaries: { runc: 'github.com/opencontainers/runc' },
  tags: ['seccomp', 'netgo', 'osusergo'],
  ldflags: [...strip, '-linkmode', 'external', '-extldflags', '-static'],
  cgo: true,
};

const cni: GoRecipe = {
  module: 'cni',
  binaries: packagesUnder('github.com/containernetworking/plugins/plugins', [
    'main/bridge',
    'main/ptp',
    'main/loopback',
    'ipam/host-local',
    'meta/portmap',
    'meta/firewall',
    'meta/bandwidth',
  ]),
  ldflags: [
    ...strip,
    ...stamp('github.com/containernetworking/plugins/pkg/utils/buildversion', { BuildVersion: `v${versions.cni}` }),
  ],
};

const coredns: GoRecipe = { module: 'coredns', binaries: { coredns: 'github.com/coredns/coredns' }, ldflags: strip };

const clusterApi: GoRecipe = {
  module: 'cluster-api',
  binaries: {
    'capi-core-manager': 'sigs.k8s.io/cluster-api/core',
    'capi-kubeadm-bootstrap-manager': 'sigs.k8s.io/cluster-api/bootstrap/kubeadm',
    'capi-kubeadm-control-plane-manager': 'sigs.k8s.io/cluster-api/controlplane/kubeadm',
    clusterctl: 'sigs.k8s.io/cluster-api/cmd/clusterctl',
  },
  ldflags: [...strip, ...stamp('sigs.k8s.io/cluster-api/version', gitVersion(versions['cluster-api']))],
};

const pause: GoRecipe = { module: 'pause', binaries: { pause: 'lab.local/pause' }, ldflags: strip };
const routes: GoRecipe = { module: 'routes', binaries: { routes: 'lab.local/routes' }, ldflags: strip };
const link: GoRecipe = { module: 'link', binaries: { link: 'lab.local/link' }, ldflags: strip };

function goPart(name: keyof typeof versions, recipe: GoRecipe, expected: string): Part {
  const version = versions[name];
  const sources = [`go/${recipe.module}`];
  const build: Part['build'] = ({ folder }) => buildGoModule(recipe, folder);
  return { name, version, needs: [], recipe, sources, expected, build };
}

/** Parts built from Go modules, in the order a reader of the progress lines would want them: the longest first. */
export const goParts: readonly Part[] = [
  goPart('kubernetes', kubernetes, 'about 8 minutes'),
  goPart('cluster-api', clusterApi, 'about 2 minutes'),
  goPart('etcd', etcd, 'about 1 minute'),
  goPart('containerd', containerd, 'about 2 minutes'),
  goPart('runc', runc, 'about 40 seconds'),
  goPart('cni', cni, 'about 20 seconds'),
  goPart('coredns', coredns, 'about 4 minutes'),
  goPart('pause', pause, 'seconds'),
  goPart('routes', routes, 'about 30 seconds'),
  goPart('link', link, 'seconds'),
];

/** Binary name to the part that makes it. */
export const goBinaries: Readonly<Record<string, string>> = Object.fromEntries(
  [kubernetes, etcd, containerd, runc, cni, coredns, clusterApi, pause, routes, link].flatMap((recipe) =>
    Object.keys(recipe.binaries).map((binary) => [binary, recipe.module]),
  ),
);
