// LoadKernelModules: overlay for containers, br_netfilter for Services reached over a bridge; now and at every boot.
import type { InstallArguments } from '../../../api/orders.ts';
import type { Host } from '../../host/host.ts';
import { readText } from '../../linux/read-text.ts';
import type { Step } from '../../runner/step.ts';
import { areOwnFilesWritten, ensureOwnFiles, type OwnFile } from '../own-files.ts';
import { readSysctl } from '../../linux/sysctl.ts';
import { MODULES_FILE } from '../../linux/paths.ts';

const MODULES = ['overlay', 'br_netfilter'] as const;
const FILES: OwnFile[] = [{ path: MODULES_FILE, content: `# Written by byo-agent.\n${MODULES.join('\n')}\n` }];

/** The effect counts, not the module: what is built in is in no module list, and containers cannot load any. */
export const loadKernelModules: Step<InstallArguments> = {
  name: 'LoadKernelModules',
  look: async ({ host }) => {
    if (!(await areOwnFilesWritten(host, FILES))) return false;
    for (const module of MODULES) if (!(await isModuleEffective(host, module))) return false;
    return true;
  },
  act: async (context) => {
    await ensureOwnFiles(context, FILES);
    for (const module of MODULES) {
      if (!(await isModuleEffective(context.host, module))) await context.ledger.loadModule(module);
    }
  },
};

async function isModuleEffective(host: Host, module: (typeof MODULES)[number]): Promise<boolean> {
  if (module === 'br_netfilter') return (await readSysctl(host, 'net.bridge.bridge-nf-call-iptables')) !== undefined;
  const filesystems = (await readText(host, '/proc/filesystems')) ?? '';
  return /^(nodev)?\s*overlay$/m.test(filesystems);
}
