// StartContainerd: enabled, started, and answering.
import type { InstallArguments } from '../../api/orders.ts';
import type { Host } from '../host/host.ts';
import type { Step } from '../runner/step.ts';
import { runCommand } from './run-command.ts';
import { isUnitActive, isUnitEnabled } from './unit-state.ts';

const CTR_VERSION = ['ctr', '--connect-timeout', '5s', 'version'];

/** containerd tells systemd when it is ready, so that an active unit answers; `ctr version` proves it. */
export const startContainerd: Step<InstallArguments> = {
  name: 'StartContainerd',
  look: async ({ host }) =>
    (await isUnitEnabled(host, 'containerd.service')) &&
    (await isUnitActive(host, 'containerd.service')) &&
    (await doesContainerdAnswer(host)),
  act: async ({ host, ledger }) => {
    await ledger.enableUnit('containerd.service', { start: true });
    await runCommand(host, CTR_VERSION);
  },
};

async function doesContainerdAnswer(host: Host): Promise<boolean> {
  return (await host.run(CTR_VERSION)).exitCode === 0;
}
