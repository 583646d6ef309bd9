// ResetKubeadm: kubeadm takes back what it knows of: its containers, mounts, manifests, and the etcd member if asked to.
import type { ResetArguments } from '../../api/orders.ts';
import type { Step } from '../runner/step.ts';
import { unitNameOf } from './unit-name.ts';

const KUBEADM = '/usr/local/bin/kubeadm';
const TRACES = [
  '/etc/kubernetes/kubelet.conf',
  '/etc/kubernetes/bootstrap-kubelet.conf',
  '/var/lib/kubelet/config.yaml',
];
const BOUND_SECONDS = 600;

/** Runs once a claim; whatever it leaves behind, the steps after it remove and check by themselves. */
export const resetKubeadm: Step<ResetArguments> = {
  name: 'ResetKubeadm',
  look: async ({ host }) => {
    if (!(await host.stat(KUBEADM))) return true;
    for (const trace of TRACES) if (await host.stat(trace)) return false;
    return (await host.list('/etc/kubernetes/manifests')).length === 0;
  },
  act: async (context, input) => {
    const skip = input.skipEtcdMemberRemoval ? ' --skip-phases=remove-etcd-member' : '';
    const command = {
      unit: unitNameOf(context.key, 'kubeadm'),
      script: `#!/bin/sh\nexec ${KUBEADM} reset --force${skip} --cri-socket unix:///run/containerd/containerd.sock\n`,
      runtimeMaxSeconds: BOUND_SECONDS,
    };
    const result = await context.host.runUnit(command, context.signal);
    // Its unit would stand until the next boot; run again, it finds nothing to do.
    await context.host.forgetUnit(command.unit);
    if (!result.ended) context.report({ message: 'kubeadm reset was cut off; its work is done without it' });
    else if (result.exitCode !== 0) context.report({ message: `kubeadm reset ended with ${result.exitCode}` });
  },
};
