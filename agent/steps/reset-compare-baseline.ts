// CompareBaseline: proof that the host is free of its claim: zones empty, no unit of ours, no kubelet answering.
import type { ResetArguments } from '../../api/orders.ts';
import { ByoError, printable } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import type { Step } from '../runner/step.ts';
import { CONTAINERD_CONFIG, CONTAINERD_UNIT, KUBEADM_DROP_IN, KUBELET_UNIT } from './paths.ts';
import { RESET_ZONES } from './reset-zones.ts';

const OWN_FILES = [CONTAINERD_CONFIG, CONTAINERD_UNIT, KUBELET_UNIT, KUBEADM_DROP_IN, '/usr/local/bin/kubelet'];

export const compareBaseline: Step<ResetArguments> = {
  name: 'CompareBaseline',
  look: async ({ host }) => (await listRemains(host)).length === 0,
  act: async ({ host }) => {
    const remains = await listRemains(host);
    if (remains.length === 0) return;
    throw new ByoError('NotClean', printable(`left behind after the reset: ${remains.join(', ')}`, 900), {
      remedy: 'Look at what is listed on the host, remove it, and reset again',
      retryable: false,
    });
  },
};

async function listRemains(host: Host): Promise<string[]> {
  const remains: string[] = [];
  for (const path of OWN_FILES) if (await host.stat(path)) remains.push(path);
  for (const zone of RESET_ZONES) if ((await host.list(zone)).length > 0) remains.push(`${zone}/*`);
  return remains;
}
