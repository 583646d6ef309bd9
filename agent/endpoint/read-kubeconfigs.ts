// Which cluster this machine serves, as kubeadm has written it down: the servers of its kubeconfigs.
import { parseYaml } from '../steps/join/cloud-init/parse-yaml.ts';
import type { YamlValue } from '../steps/join/cloud-init/yaml-value.ts';
import { readSmallFile } from '../host/read-small-file.ts';
import type { Host } from '../host/host.ts';

/** Those with the cluster's endpoint. On a control plane the kubelet's own may name the machine itself instead. */
const KUBECONFIGS = ['kubelet', 'bootstrap-kubelet', 'admin', 'super-admin'].map(
  (name) => `/etc/kubernetes/${name}.conf`,
);

/** Hosts of the servers, names or addresses. What cannot be read names none. */
export async function readKubeconfigEndpoints(host: Host): Promise<string[]> {
  const found = new Set<string>();
  for (const path of KUBECONFIGS) {
    const text = await readSmallFile(host, path);
    for (const server of text === undefined ? [] : listServers(text)) found.add(server);
  }
  return [...found];
}

/** Nothing but the servers' hosts is taken from a kubeconfig, and nothing that it names is followed. Pure. */
export function listServers(text: string): string[] {
  const clusters = readRoot(text)?.get('clusters');
  if (!Array.isArray(clusters)) return [];
  return clusters.map((entry) => memberOf(memberOf(entry, 'cluster'), 'server')).flatMap(hostOf);
}

function readRoot(text: string): Map<string, YamlValue> | undefined {
  try {
    return parseYaml(text);
  } catch {
    // No kubeconfig: the kubelet could not use it either.
    return undefined;
  }
}

function memberOf(value: YamlValue | undefined, key: string): YamlValue | undefined {
  return value instanceof Map ? value.get(key) : undefined;
}

function hostOf(server: YamlValue | undefined): string[] {
  const url = typeof server === 'string' ? URL.parse(server) : null;
  return url?.hostname ? [url.hostname.replace(/^\[(.*)\]$/, '$1')] : [];
}
