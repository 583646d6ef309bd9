// What kubeadm's static pods and the kubelet's flags say of where the cluster keeps its things. Pure: text in, paths out.
import { posix } from 'node:path';
import { parseYaml } from '../steps/join/cloud-init/parse-yaml.ts';
import type { YamlValue } from '../steps/join/cloud-init/yaml-value.ts';
import { normalFolder } from './check-folder.ts';
import type { FolderKind, NamedFolder } from './cluster-folder.ts';

/** Flags whose value is a folder, or a file in one. */
const ETCD_FLAGS: [string, FolderKind][] = [
  ['data-dir', 'etcd'],
  ['wal-dir', 'wal'],
];
/** kubeadm lets this one point into its certificatesDir, and there is always one. */
const CERTIFICATE_FLAG = 'client-ca-file';

type Pod = { args: string[]; mounts: { inside: string; outside: string }[] };

/** Of `etcd.yaml`. */
export function foldersOfEtcd(manifest: string): NamedFolder[] {
  const pod = readPod(manifest);
  return ETCD_FLAGS.flatMap(([flag, kind]) =>
    valuesOf(pod, flag).flatMap((inside) => placed(outsideOf(pod, inside), kind)),
  );
}

/** Of `kube-apiserver.yaml`. */
export function foldersOfApiServer(manifest: string): NamedFolder[] {
  const pod = readPod(manifest);
  return valuesOf(pod, CERTIFICATE_FLAG).flatMap((file) => placed(outsideOf(pod, posix.dirname(file)), 'certificates'));
}

/** Of environment files and drop-ins: `--root-dir=/data/kubelet`, in quotes or not. */
export function foldersOfKubelet(flags: string): NamedFolder[] {
  return [...flags.matchAll(/--root-dir[= ]["']?([^\s"']+)/g)].flatMap(([, path]) => placed(path, 'kubelet'));
}

function placed(path: string | undefined, kind: FolderKind): NamedFolder[] {
  const normal = path === undefined ? undefined : normalFolder(path);
  return normal === undefined ? [] : [{ path: normal, kind }];
}

/** A container sees a folder of the machine where it is mounted; what is not mounted from there goes with the container. */
function outsideOf({ mounts }: Pod, inside: string): string | undefined {
  const found = mounts
    .filter((mount) => inside === mount.inside || inside.startsWith(`${mount.inside}/`))
    .toSorted((a, b) => b.inside.length - a.inside.length)[0];
  return found && found.outside + inside.slice(found.inside.length);
}

function valuesOf({ args }: Pod, flag: string): string[] {
  return args.flatMap((arg, at) => {
    if (arg === `--${flag}`) return args[at + 1] ?? [];
    return arg.startsWith(`--${flag}=`) ? arg.slice(flag.length + 3) : [];
  });
}

/** What is no pod has no folders: the kubelet could not run it either. */
function readPod(manifest: string): Pod {
  const spec = get(readRoot(manifest), 'spec');
  const hostPaths = new Map(
    listOf(get(spec, 'volumes')).map((volume) => [get(volume, 'name'), get(get(volume, 'hostPath'), 'path')]),
  );
  const containers = listOf(get(spec, 'containers'));
  return {
    args: containers.flatMap((one) => [...listOf(get(one, 'command')), ...listOf(get(one, 'args'))]).filter(isText),
    mounts: containers.flatMap((one) => listOf(get(one, 'volumeMounts'))).flatMap((mount) => mountOf(mount, hostPaths)),
  };
}

function mountOf(mount: YamlValue, hostPaths: Map<YamlValue | undefined, YamlValue | undefined>): Pod['mounts'] {
  const [inside, outside] = [get(mount, 'mountPath'), hostPaths.get(get(mount, 'name'))].map((path) =>
    isText(path) ? normalFolder(path) : undefined,
  );
  return inside === undefined || outside === undefined ? [] : [{ inside, outside }];
}

function readRoot(text: string): YamlValue {
  try {
    return parseYaml(text);
  } catch {
    return null;
  }
}

function get(value: YamlValue | undefined, key: string): YamlValue | undefined {
  return value instanceof Map ? value.get(key) : undefined;
}

const listOf = (value: YamlValue | undefined): YamlValue[] => (Array.isArray(value) ? value : []);
const isText = (value: YamlValue | undefined): value is string => typeof value === 'string';
