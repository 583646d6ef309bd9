// Whether this machine bears what an agent writes for a claim: a host without a memory is only then one that had no claim.
import type { Host } from '../host/host.ts';
import {
  CONTAINERD_CONFIG,
  CONTAINERD_UNIT,
  KUBEADM_DROP_IN,
  KUBELET_UNIT,
  MODULES_FILE,
  PROVIDER_ID_DROP_IN,
  SYSCTLS_FILE,
} from '../linux/paths.ts';

const SIGNED = [
  MODULES_FILE,
  SYSCTLS_FILE,
  CONTAINERD_CONFIG,
  CONTAINERD_UNIT,
  KUBELET_UNIT,
  KUBEADM_DROP_IN,
  PROVIDER_ID_DROP_IN,
];
/** The first line of every file that `install` writes; another's file of the same path has not got it. */
const SIGNATURE = '# Written by byo-agent';

/** Files that an install has left, in its order; each is gone after a reset. */
export async function listTraces(host: Host): Promise<string[]> {
  const found: string[] = [];
  for (const path of SIGNED) {
    if ((await host.readFile(path))?.toString('latin1').startsWith(SIGNATURE)) found.push(path);
  }
  return found;
}
