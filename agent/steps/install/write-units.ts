// WriteUnits: containerd.service, kubelet.service and kubeadm's drop-in; refused where another package brought its own.
import type { InstallArguments } from '../../../api/orders.ts';
import type { Host } from '../../host/host.ts';
import type { Step } from '../../runner/step.ts';
import { areOwnFilesWritten, ensureOwnFiles, foreignFile, type OwnFile } from '../own-files.ts';
import { CONTAINERD_UNIT, KUBEADM_DROP_IN, KUBELET_UNIT } from '../../linux/paths.ts';
import { areUnitsCurrent, ensureUnitsCurrent } from '../../linux/units.ts';
import { CONTAINERD_SERVICE, KUBEADM_SERVICE_DROP_IN, KUBELET_SERVICE } from './service-units.ts';

const FILES: OwnFile[] = [
  { path: CONTAINERD_UNIT, content: CONTAINERD_SERVICE },
  { path: KUBELET_UNIT, content: KUBELET_SERVICE },
  { path: KUBEADM_DROP_IN, content: KUBEADM_SERVICE_DROP_IN },
];

const UNITS = ['containerd.service', 'kubelet.service'];

/** Where packages put units; /lib is the same folder as /usr/lib, or the older place of it. */
const PACKAGE_UNITS = ['/usr/lib/systemd/system', '/lib/systemd/system', '/usr/local/lib/systemd/system'];

/** Done when systemd itself has read the files as they are. */
export const writeUnits: Step<InstallArguments> = {
  name: 'WriteUnits',
  look: async ({ host }) => (await areOwnFilesWritten(host, FILES)) && (await areUnitsCurrent(host, UNITS)),
  act: async (context) => {
    await refusePackagedUnits(context.host);
    await ensureOwnFiles(context, FILES);
    await ensureUnitsCurrent(context.host, UNITS);
  },
};

async function refusePackagedUnits(host: Host): Promise<void> {
  for (const folder of PACKAGE_UNITS) {
    for (const unit of UNITS) {
      if (await host.stat(`${folder}/${unit}`)) throw foreignFile(`${folder}/${unit}`);
    }
  }
}
