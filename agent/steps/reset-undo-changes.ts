// UndoChanges: the ledger, newest first.
import type { ResetArguments } from '../../api/orders.ts';
import { ByoError, printable } from '../../common/errors.ts';
import type { Step } from '../runner/step.ts';
import { RESET_ZONES } from './reset-empty-owned-zones.ts';
import { runCommand } from './run-command.ts';

/** Folders that are not empty yet are the business of EmptyOwnedZones, and the proof is CompareBaseline's. */
const isInZone = (path: string) => RESET_ZONES.some((zone) => path === zone || path.startsWith(`${zone}/`));

/** The ledger itself knows what is undone already, so looking would be doing. */
export const undoChanges: Step<ResetArguments> = {
  name: 'UndoChanges',
  look: async () => false,
  act: async ({ host, ledger }) => {
    const problems = (await ledger.undoAll()).filter(({ path }) => !isInZone(path));
    await runCommand(host, ['systemctl', 'daemon-reload']);
    if (problems.length === 0) return;
    const list = problems.map(({ path, problem }) => `${path}: ${problem}`).join('; ');
    throw new ByoError('ResetBlocked', printable(`changes that could not be taken back: ${list}`, 900), {
      remedy: 'Remove what blocks them on the host; it is tried again',
      retryable: true,
    });
  },
};
