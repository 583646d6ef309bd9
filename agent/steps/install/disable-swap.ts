// DisableSwap: the kubelet refuses to start on a machine with swap, unless told otherwise by a configuration we cannot know yet.
import type { InstallArguments } from '../../../api/orders.ts';
import { readSwaps } from '../../linux/swaps.ts';
import type { Step } from '../../runner/step.ts';
import { ensureOwnFiles } from '../own-files.ts';
import { SWAP_DROP_IN } from '../../linux/paths.ts';
import { SWAP_OFF_DROP_IN } from './service-units.ts';

/** Leaves a machine without swap untouched; else swap goes now, and before each start of the kubelet. */
export const disableSwap: Step<InstallArguments> = {
  name: 'DisableSwap',
  look: async ({ host }) => (await readSwaps(host)).length === 0,
  act: async (context) => {
    await ensureOwnFiles(context, [{ path: SWAP_DROP_IN, content: SWAP_OFF_DROP_IN }]);
    await context.ledger.disableSwap();
  },
};
