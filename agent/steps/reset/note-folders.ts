// NoteFolders: where the cluster has kept its things, read from what kubeadm wrote before kubeadm takes that away, and noted
// in the journal first: a reset that is cut off after that must not have forgotten it.
import type { ResetArguments } from '../../../api/orders.ts';
import { findUnnoted, noteManifests } from '../../cluster-folders/note-folders.ts';
import { findUnnotedRanges } from '../../cluster-folders/cluster-ranges.ts';
import { planFolders } from '../../cluster-folders/plan-folders.ts';
import { findUnnotedHostPaths, noteHostPaths } from '../../leftovers/host-paths.ts';
import type { Step, StepContext } from '../../runner/step.ts';
import type { ResetDeps } from './compare-baseline.ts';

/** Folders that are found only now are told of: of most of them nobody knows what was in them before. */
export function createNoteFolders(deps: ResetDeps): Step<ResetArguments> {
  return {
    name: 'NoteFolders',
    look: async (context) => (await countUnnoted(context, deps)) === 0,
    act: async (context) => {
      await noteManifests({ ...context, notes: deps });
      await noteHostPaths({ ...context, notes: deps });
      const { tell } = await planFolders(context.host, deps, context.key);
      for (const { note, why } of tell) context.report({ message: `${note.path} is left as it is: ${why}` });
    },
  };
}

async function countUnnoted(context: StepContext, notes: ResetDeps): Promise<number> {
  const folders = await findUnnoted({ ...context, notes });
  const { paths, untold } = await findUnnotedHostPaths({ ...context, notes });
  return (
    folders.length + paths.length + untold.length + (await findUnnotedRanges(context.host, notes, context.key)).length
  );
}
