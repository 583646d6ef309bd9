// UndoChanges: the ledger, newest first.
import type { ResetArguments } from '../../../api/orders.ts';
import { ByoError, printable } from '../../../common/errors.ts';
import { listFolders, type ClusterNotes } from '../../cluster-folders/folder-notes.ts';
import { NOT_EMPTY } from '../../ledger/files.ts';
import type { Step } from '../../runner/step.ts';
import { disableDocumentUnits } from '../join/document-units.ts';
import { CONFIG_ZONES, ZONES } from '../../zones/zones.ts';

type Problem = { path: string; problem: string };

/** The ledger itself knows what is undone already, so looking would be doing. */
export function createUndoChanges(notes: ClusterNotes): Step<ResetArguments> {
  return {
    name: 'UndoChanges',
    look: async () => false,
    act: async (context) => {
      const { ledger, key } = context;
      // Before their files go: systemd reads in those what there is to disable.
      await disableDocumentUnits(context, notes);
      const zones = [...ZONES, ...CONFIG_ZONES, ...listFolders(notes, key).map(({ path }) => path)];
      const problems = (await ledger.undoAll()).filter((one) => !canWait(one, zones));
      if (problems.length > 0) throw changesRemain(problems);
    },
  };
}

/**
 * A folder around or inside a zone goes when the zone has been emptied: EmptyOwnedZones asks the ledger once more, and lets
 * a folder be that somebody else has filled.
 */
function canWait({ path, problem }: Problem, zones: readonly string[]): boolean {
  if (problem.startsWith(NOT_EMPTY)) return true;
  return zones.some((zone) => path === zone || path.startsWith(`${zone}/`) || zone.startsWith(`${path}/`));
}

/** The error for changes that could not be taken back. */
export function changesRemain(problems: readonly Problem[]): ByoError {
  const list = problems.map(({ path, problem }) => `${path}: ${problem}`).join('; ');
  return new ByoError('ResetBlocked', printable(`changes that could not be taken back: ${list}`, 900), {
    remedy: 'Remove what blocks them on the host; it is tried again',
    retryable: true,
  });
}
