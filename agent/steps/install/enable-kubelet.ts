// EnableKubelet: the kubelet starts at every boot; its first start is kubeadm's, which writes its configuration.
import type { InstallArguments } from '../../../api/orders.ts';
import type { Step } from '../../runner/step.ts';
import { isUnitEnabled } from '../../linux/units.ts';

export const enableKubelet: Step<InstallArguments> = {
  name: 'EnableKubelet',
  look: ({ host }) => isUnitEnabled(host, 'kubelet.service'),
  act: ({ ledger }) => ledger.enableUnit('kubelet.service', { start: false }),
};
