// kubectl against an instance's management plane: applying whole manifests keeps every x-kubernetes-* key of a CRD.
import type { Binary } from './control-plane.ts';
import { adminKubeconfig } from './pki.ts';
import { runChecked } from './spawn.ts';
import type { Manifest } from './cluster-api-manifests.ts';

/** Run kubectl as the lab's admin and give its output. Throws CommandFailed. */
export async function kubectl(name: string, binary: Binary, args: string[], input?: string): Promise<string> {
  const argv = [binary('kubectl'), '--kubeconfig', adminKubeconfig(name), ...args];
  return runChecked(argv, { timeoutMs: 120_000, ...(input === undefined ? {} : { input }) });
}

/** Server-side apply; JSON because YAML 1.1 and 1.2 readers disagree on words like `on` and `y`. */
export async function applyManifests(name: string, binary: Binary, manifests: Manifest[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  const args = [
    'apply',
    '--server-side',
    '--force-conflicts',
    '--validate=false',
    '--field-manager=byo-lab',
    '-f',
    '-',
  ];
  await kubectl(name, binary, args, list);
}
