// EraseBootstrapData: kubeadm's configuration, join token and certificate key with it, goes at every way out.
import type { JoinArguments } from '../../../api/orders.ts';
import type { Step, StepContext } from '../../runner/step.ts';
import { KUBEADM_RUN_DIRECTORY } from '../../linux/paths.ts';

export const eraseBootstrapDataStep: Step<JoinArguments> = {
  name: 'EraseBootstrapData',
  look: async ({ host }) => (await host.list(KUBEADM_RUN_DIRECTORY)).length === 0,
  act: (context) => eraseBootstrapData(context),
};

/** Empties /run/kubeadm; the order's own copy and the units' scripts are erased by those who keep them. */
export async function eraseBootstrapData({ host, ledger }: StepContext): Promise<void> {
  for (const name of await host.list(KUBEADM_RUN_DIRECTORY)) {
    await ledger.removeFile(`${KUBEADM_RUN_DIRECTORY}/${name}`);
  }
}
