// StartContainerd: enabled, started, answering, and of use to a kubelet.
import type { InstallArguments } from '../../../api/orders.ts';
import { ByoError, printable } from '../../../common/errors.ts';
import type { Host } from '../../host/host.ts';
import type { Step } from '../../runner/step.ts';
import { mustRun } from '../../linux/must-run.ts';
import { isUnitActive, isUnitEnabled } from '../../linux/units.ts';

const UNIT = 'containerd.service';
const CTR = ['ctr', '--connect-timeout', '5s'];
const CTR_VERSION = [...CTR, 'version'];
const CTR_CRI = [...CTR, 'plugins', 'list', '--detailed', 'id==cri'];

/** containerd tells systemd when it is ready, so that an active unit answers; `ctr version` proves it. */
export const startContainerd: Step<InstallArguments> = {
  name: 'StartContainerd',
  look: async ({ host }) =>
    (await isUnitEnabled(host, UNIT)) &&
    (await isUnitActive(host, UNIT)) &&
    (await doesContainerdAnswer(host)) &&
    (await findCriFailure(host)) === undefined,
  act: async ({ host, ledger }) => {
    await ledger.enableUnit(UNIT, { start: true });
    await mustRun(host, CTR_VERSION);
    if ((await findCriFailure(host)) === undefined) return;
    // A plugin is loaded at the start alone, and what was in its way may be gone by now.
    await mustRun(host, ['systemctl', 'restart', UNIT]);
    const failure = await findCriFailure(host);
    if (failure !== undefined) throw withoutCri(failure);
  },
};

async function doesContainerdAnswer(host: Host): Promise<boolean> {
  return (await host.run(CTR_VERSION)).exitCode === 0;
}

/**
 * Why containerd runs without its CRI plugin; undefined when it does not say so. It goes on without any plugin that fails
 * (seen: "too many open files" of inotify), and only kubeadm, an attempt too late, would miss it.
 */
async function findCriFailure(host: Host): Promise<string | undefined> {
  const { stdout } = await host.run(CTR_CRI);
  return /^Error:[\s\S]*?Message:\s*(\S.*)$/m.exec(stdout)?.[1];
}

function withoutCri(failure: string): ByoError {
  return new ByoError('StepFailed', `containerd runs without its CRI plugin: ${printable(failure, 500)}`, {
    remedy:
      'Mend on the host what it names: a limit (sysctl fs.inotify.max_user_instances), a disk, a file in ' +
      '/etc/containerd/conf.d; containerd is started again until it can',
    retryable: true,
  });
}
