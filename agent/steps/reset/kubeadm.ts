// ResetKubeadm: kubeadm takes back what it knows of: its containers, mounts, manifests, and the etcd member if asked to.
import type { ResetArguments } from '../../../api/orders.ts';
import type { Host } from '../../host/host.ts';
import type { Step, StepContext } from '../../runner/step.ts';
import { planZones } from '../../zones/plan-reset.ts';
import type { ResetDeps } from './compare-baseline.ts';
import { lookAtMounts } from './empty-owned-zones.ts';
import { unitNameOf } from '../unit-name.ts';

const KUBEADM = '/usr/local/bin/kubeadm';
const TRACES = [
  '/etc/kubernetes/kubelet.conf',
  '/etc/kubernetes/bootstrap-kubelet.conf',
  '/var/lib/kubelet/config.yaml',
];
/** What its phase cleanup-node empties (kubeadm reset --help). */
const CLEANED = ['/etc/kubernetes', '/var/lib/kubelet', '/var/lib/etcd'];
const BOUND_SECONDS = 600;

/** Runs once a claim; whatever it leaves behind, the steps after it remove and check by themselves. */
export function createResetKubeadm(deps: ResetDeps): Step<ResetArguments> {
  return {
    name: 'ResetKubeadm',
    look: async ({ host }) => {
      if (!(await host.stat(KUBEADM))) return true;
      for (const trace of TRACES) if (await host.stat(trace)) return false;
      return (await host.list('/etc/kubernetes/manifests')).length === 0;
    },
    act: async (context, input) => {
      const skipped = [
        ...(input.skipEtcdMemberRemoval ? ['remove-etcd-member'] : []),
        ...((await isAllOurs(context, deps)) ? [] : ['cleanup-node']),
      ];
      // Both are all that it does on the machine.
      if (skipped.length < 2) await runReset(context, skipped);
    },
  };
}

/**
 * kubeadm's own cleaning empties folders whatever is in them, and knows neither what was there before the claim nor a
 * foreign mount: where there is any of that it is left to our own steps, which do the same without it.
 */
async function isAllOurs({ host, key }: { host: Host; key: StepContext['key'] }, deps: ResetDeps): Promise<boolean> {
  const zones = (await planZones(host, deps, key)).filter(({ path }) => CLEANED.includes(path));
  if (zones.length < CLEANED.length || zones.some(({ kept }) => kept.size > 0)) return false;
  return (await lookAtMounts(host, zones)).foreign.length === 0;
}

async function runReset(context: StepContext, skipped: readonly string[]): Promise<void> {
  const skip = skipped.length > 0 ? ` --skip-phases=${skipped.join(',')}` : '';
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
}
