// What a bootstrap document says of where its cluster will keep its things, before any of it is there. Pure.
import { posix } from 'node:path';
import type { BootstrapFile } from '../steps/join/cloud-init/bootstrap-plan.ts';
import { parseYaml } from '../steps/join/cloud-init/parse-yaml.ts';
import type { YamlMap, YamlValue } from '../steps/join/cloud-init/yaml-value.ts';
import { normalFolder } from './check-folder.ts';
import type { FolderKind, NamedFolder } from './cluster-folder.ts';

/**
 * `checksEtcd`: kubeadm itself will refuse a folder for etcd that is not empty, also one that only the cluster knows (a
 * joining control plane reads it there). Not when the document tells it to ignore that, or patches etcd's manifest.
 */
export type DocumentFolders = { folders: NamedFolder[]; checksEtcd: boolean; endpoints: string[] };

export function foldersOfDocument(files: readonly BootstrapFile[]): DocumentFolders {
  const configs = files.flatMap(({ content }) => readConfigs(content.toString('utf8')));
  const named = [...configs.flatMap(foldersOfConfig), ...files.flatMap(folderOfCertificate)];
  return {
    folders: named.flatMap(({ path, kind }) => {
      const normal = normalFolder(path);
      return normal === undefined ? [] : [{ path: normal, kind }];
    }),
    checksEtcd: configs.length > 0 && !configs.some(ignoresFolders) && !files.some(isEtcdPatch),
    endpoints: configs.flatMap(endpointsOf),
  };
}

/** The documents of kubeadm's configuration in a file; what is none of them is not looked at further. */
function readConfigs(text: string): YamlMap[] {
  if (!text.includes('kubeadm.k8s.io/')) return [];
  return text.split(/^---.*$/m).flatMap((part) => {
    try {
      const config = parseYaml(part);
      return isOfKubeadm(config.get('apiVersion')) ? [config] : [];
    } catch {
      // kubeadm cannot read it either.
      return [];
    }
  });
}

function foldersOfConfig(config: YamlMap): NamedFolder[] {
  const etcd = at(config, 'etcd', 'local');
  const texts: [YamlValue | undefined, FolderKind][] = [
    [at(etcd, 'dataDir'), 'etcd'],
    ...argumentsOf(at(etcd, 'extraArgs'), 'wal-dir').map((value): [string, FolderKind] => [value, 'wal']),
    [at(config, 'certificatesDir'), 'certificates'],
    ...argumentsOf(at(config, 'nodeRegistration', 'kubeletExtraArgs'), 'root-dir').map(
      (value): [string, FolderKind] => [value, 'kubelet'],
    ),
  ];
  return texts.flatMap(([path, kind]) => (typeof path === 'string' ? [{ path, kind }] : []));
}

/** Cluster API writes the authorities of a cluster where its certificates shall be. */
function folderOfCertificate({ path }: BootstrapFile): NamedFolder[] {
  if (posix.basename(path) !== 'ca.crt') return [];
  return [{ path: posix.dirname(path).replace(/\/etcd$/, ''), kind: 'certificates' }];
}

/** A list of names and values (v1beta4), or a mapping (before). */
function argumentsOf(value: YamlValue | undefined, name: string): string[] {
  const found = Array.isArray(value)
    ? value.filter((one) => at(one, 'name') === name).map((one) => at(one, 'value'))
    : [at(value, name)];
  return found.filter((one) => typeof one === 'string');
}

function ignoresFolders(config: YamlMap): boolean {
  const ignored = at(config, 'nodeRegistration', 'ignorePreflightErrors');
  return Array.isArray(ignored) && ignored.some((one) => typeof one === 'string' && /^(all$|diravailable-)/i.test(one));
}

function isEtcdPatch({ path }: BootstrapFile): boolean {
  return /^etcd.*\.(ya?ml|json)$/.test(posix.basename(path));
}

/** Hosts only: `10.0.0.9:6443` of the cluster, or of the discovery of whoever joins. */
function endpointsOf(config: YamlMap): string[] {
  const said = [at(config, 'controlPlaneEndpoint'), at(config, 'discovery', 'bootstrapToken', 'apiServerEndpoint')];
  return said.flatMap((text) => {
    const url = typeof text === 'string' && text !== '' ? URL.parse(`https://${text}`) : null;
    return url?.hostname ? [url.hostname.replace(/^\[(.*)\]$/, '$1')] : [];
  });
}

function at(value: YamlValue | undefined, ...keys: string[]): YamlValue | undefined {
  let found = value;
  for (const key of keys) found = found instanceof Map ? found.get(key) : undefined;
  return found;
}

const isOfKubeadm = (value: YamlValue | undefined): boolean =>
  typeof value === 'string' && value.startsWith('kubeadm.k8s.io/');
