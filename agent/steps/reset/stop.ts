// StopOperations, StopKubelet, StopContainers: nothing of the claim runs any more, and nothing of it comes back.
import type { ResetArguments } from '../../../api/orders.ts';
import type { Host } from '../../host/host.ts';
import type { Step } from '../../runner/step.ts';
import { mustRun } from '../../linux/must-run.ts';
import { isUnitStopped, listUnitNames } from '../../linux/units.ts';

/**
 * The runner has ended its operations before a reset begins; here go the units that such an operation left running, of
 * whatever attempt: all of ours but the reset's own.
 */
export const stopOperations: Step<ResetArguments> = {
  name: 'StopOperations',
  look: async ({ host }) => (await listBootstrapUnits(host)).length === 0,
  act: async ({ host }) => {
    for (const unit of await listBootstrapUnits(host)) await host.stopUnit(unit);
  },
};

/** Units of bootstraps that run now; ended ones keep standing for their result and harm nobody. */
async function listBootstrapUnits(host: Host): Promise<string[]> {
  const names = await listUnitNames(host, ['list-units', '--state=running', 'byo-bootcmd-*', 'byo-runcmd-*']);
  return names.map((name) => name.replace(/\.service$/, ''));
}

export const stopKubelet: Step<ResetArguments> = {
  name: 'StopKubelet',
  look: async ({ host }) => isUnitStopped(host, 'kubelet.service'),
  act: async ({ host }) => {
    await mustRun(host, ['systemctl', 'stop', 'kubelet.service']);
  },
};

const CTR = ['ctr', '--namespace', 'k8s.io', 'tasks'];

/** containerd's own stop leaves containers running (KillMode=process), so they go first. */
export const stopContainers: Step<ResetArguments> = {
  name: 'StopContainers',
  look: ({ host }) => isUnitStopped(host, 'containerd.service'),
  act: async ({ host }) => {
    const { stdout } = await host.run([...CTR, 'list', '--quiet']);
    const tasks = stdout.split('\n').filter((line) => line !== '');
    if (tasks.length > 0) await mustRun(host, [...CTR, 'delete', '--force', ...tasks], { timeoutSeconds: 300 });
    await mustRun(host, ['systemctl', 'stop', 'containerd.service'], { timeoutSeconds: 120 });
  },
};
