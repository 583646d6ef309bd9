// WriteKubeletDropIn: the providerID of this claim, given to the Node at its birth.
import type { InstallArguments } from '../../../api/orders.ts';
import type { Step } from '../../runner/step.ts';
import { areOwnFilesWritten, ensureOwnFiles, type OwnFile } from '../own-files.ts';
import { PROVIDER_ID_DROP_IN } from '../../linux/paths.ts';
import { areUnitsCurrent, ensureUnitsCurrent } from '../../linux/units.ts';
import { providerIdDropIn } from './service-units.ts';

const UNITS = ['kubelet.service'];

/** A drop-in of its own, so that /etc/default/kubelet and /etc/sysconfig/kubelet stay the operator's. */
export const writeKubeletDropIn: Step<InstallArguments> = {
  name: 'WriteKubeletDropIn',
  look: async ({ host }, input) =>
    (await areOwnFilesWritten(host, [dropInOf(input)])) && (await areUnitsCurrent(host, UNITS)),
  act: async (context, input) => {
    await ensureOwnFiles(context, [dropInOf(input)]);
    await ensureUnitsCurrent(context.host, UNITS);
  },
};

function dropInOf(input: InstallArguments): OwnFile {
  return { path: PROVIDER_ID_DROP_IN, content: providerIdDropIn(input.providerID) };
}
