// SetSysctls: what kubeadm's preflight and kube-proxy need of the network; now and at every boot.
import type { InstallArguments } from '../../../api/orders.ts';
import { readSysctl } from '../../linux/sysctl.ts';
import type { Step } from '../../runner/step.ts';
import { areOwnFilesWritten, ensureOwnFiles, type OwnFile } from '../own-files.ts';
import { SYSCTLS_FILE } from '../../linux/paths.ts';

// Not net.ipv6.conf.all.forwarding: it makes the host deaf to router advertisements, and can so cut it off.
const SYSCTLS = [
  ['net.ipv4.ip_forward', '1'],
  ['net.bridge.bridge-nf-call-iptables', '1'],
  ['net.bridge.bridge-nf-call-ip6tables', '1'],
] as const;
const LINES = SYSCTLS.map(([name, value]) => `${name} = ${value}`).join('\n');
const FILES: OwnFile[] = [{ path: SYSCTLS_FILE, content: `# Written by byo-agent.\n${LINES}\n` }];

/** Sets each value that differs. */
export const setSysctls: Step<InstallArguments> = {
  name: 'SetSysctls',
  look: async ({ host }) => {
    if (!(await areOwnFilesWritten(host, FILES))) return false;
    for (const [name, value] of SYSCTLS) if ((await readSysctl(host, name)) !== value) return false;
    return true;
  },
  act: async (context) => {
    await ensureOwnFiles(context, FILES);
    for (const [name, value] of SYSCTLS) {
      if ((await readSysctl(context.host, name)) !== value) await context.ledger.setSysctl(name, value);
    }
  },
};
