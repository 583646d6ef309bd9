// ReadBootstrapDocument: the whole document is understood before anything of it is done, or nothing of it is.
import type { JoinArguments } from '../../../api/orders.ts';
import { noteDocument } from '../../cluster-folders/note-folders.ts';
import type { Step } from '../../runner/step.ts';
import { noteMountsBefore } from './document-mounts.ts';
import { noteUnitsBefore } from './document-units.ts';
import { readBootstrapPlan, type JoinDeps } from './document.ts';
import { isBootstrapSucceeded } from './outcome.ts';

/** A host that has joined needs no document any more: it may be gone by then. */
export function readBootstrapDocument(deps: JoinDeps): Step<JoinArguments> {
  return {
    name: 'ReadBootstrapDocument',
    look: (context) => isBootstrapSucceeded(deps, context),
    act: async (context, input) => {
      const plan = await readBootstrapPlan(context, input);
      await noteDocument({ ...context, notes: deps }, plan.files);
      await noteMountsBefore({ ...context, notes: deps });
      await noteUnitsBefore({ ...context, notes: deps });
      for (const warning of plan.warnings) context.report({ message: warning });
    },
  };
}
