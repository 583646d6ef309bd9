// Our provider on the management plane: kinds, rights, and the controller as a process under its own service account.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SYSTEM_NAMESPACE, TRUST_CONFIG_MAP } from '../api/names.ts';
import { mintKubeconfig, startProcess, type Instance } from '../lab/index.ts';
import { waitFor } from '../lab/wait.ts';
import { kubectlOf } from './kubectl.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SERVICE_ACCOUNT = `system:serviceaccount:${SYSTEM_NAMESPACE}:byo-controller`;

/** Installs kinds and rights, starts the controller, and waits until it has published what hosts must trust. */
export async function startProvider(instance: Instance): Promise<void> {
  const kubectl = kubectlOf(instance);
  await kubectl.run(['apply', '--server-side', '-f', join(root, 'deploy/crds')]);
  await kubectl.run(['wait', '--for=condition=Established', '--timeout=60s', '-f', join(root, 'deploy/crds')]);
  for (const file of ['deploy/rbac.yaml', 'deploy/admission.yaml']) {
    await kubectl.run(['apply', '--server-side', '-f', join(root, file)]);
  }
  await startController(instance);
  await readTrust(instance);
}

/** The controller with its own rights and no more: an administrator that acts as its service account. */
async function startController(instance: Instance): Promise<void> {
  const kubeconfig = join(instance.dir, 'controller.kubeconfig');
  const identity = { user: 'byo-lab-controller', groups: ['system:masters'], as: SERVICE_ACCOUNT };
  await writeFile(kubeconfig, await mintKubeconfig(instance, { ...identity, server: 'local' }), { mode: 0o600 });
  const argv = [process.execPath, join(root, 'controller/main.ts'), '--kubeconfig', kubeconfig];
  await startProcess(instance, {
    name: 'byo-controller',
    argv: [...argv, '--temporal-address', instance.temporal.address],
    cwd: root,
  });
}

/** The public keys whose orders hosts obey (JWKS), once the controller has written them. */
export async function readTrust(instance: Instance): Promise<string> {
  const path = 'jsonpath={.data.jwks\\.json}';
  const args = ['-n', SYSTEM_NAMESPACE, 'get', 'configmap', TRUST_CONFIG_MAP, '-o', path];
  let trust = '';
  const probe = async () => {
    trust = await kubectlOf(instance).run(args);
    return trust === '' ? 'it is empty' : undefined;
  };
  await waitFor(`ConfigMap ${TRUST_CONFIG_MAP} of the controller`, probe, { timeoutMs: 60_000, everyMs: 500 });
  return trust;
}
