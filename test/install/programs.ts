// The programs of a release in containers, on one real API server: as their Deployments start them.
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SYSTEM_NAMESPACE } from '../../api/names.ts';
import { mintKubeconfig, type Instance } from '../../lab/index.ts';
import { startContainer } from './containers.ts';

/** Where they listen: beside the ports of the instance. */
export const PORTS = {
  temporal: 27_233,
  temporalUi: 27_234,
  enrollment: 27_444,
  gateway: 27_443,
  controller: 27_080,
  metrics: 27_081,
};

/** `folder` for kubeconfigs; `image` and `container` name those of a program. */
type Running = {
  instance: Instance;
  folder: string;
  image: (name: string) => string;
  container: (name: string) => string;
};

/** A kubeconfig of a program's own service account, which its user in the container can read. */
async function kubeconfigOf({ instance, folder }: Running, program: string): Promise<string[]> {
  const as = `system:serviceaccount:${SYSTEM_NAMESPACE}:byo-${program}`;
  const text = await mintKubeconfig(instance, { user: `byo-install-${program}`, groups: ['system:masters'], as });
  const path = join(folder, `${program}.kubeconfig`);
  await writeFile(path, text);
  await chmod(path, 0o644);
  return ['-v', `${path}:/kubeconfig:ro`];
}

export async function startTemporal({ image, container }: Running): Promise<void> {
  const where = ['--ip=0.0.0.0', `--port=${PORTS.temporal}`, '--ui-ip=127.0.0.1', `--ui-port=${PORTS.temporalUi}`];
  const database = ['--db-filename=/data/t.db', '--log-level=warn'];
  const options = ['--tmpfs=/data:mode=1777', '--env=HOME=/data'];
  await startContainer(container('temporal'), image('temporal'), options, [
    'server',
    'start-dev',
    ...where,
    ...database,
  ]);
}

/** As its Deployment starts it, but for the kubeconfig. */
export async function startProgram(running: Running, program: 'controller' | 'gateway', args: string[]): Promise<void> {
  const { image, container } = running;
  const link = {
    TEMPORAL_ADDRESS: `127.0.0.1:${PORTS.temporal}`,
    TEMPORAL_NAMESPACE: 'byo',
    TEMPORAL_CONFIG_FILE: '/etc/byo/temporal/temporal.toml',
  };
  const variables = Object.entries(link).map(([name, value]) => `--env=${name}=${value}`);
  const options = [...variables, ...(await kubeconfigOf(running, program))];
  await startContainer(container(program), image(program), options, ['--kubeconfig', '/kubeconfig', ...args]);
}
