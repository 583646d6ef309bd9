// RunBootstrapCommands: runcmd of the document, kubeadm among it, as one unit that outlives the agent and runs once a claim.
import { dirname } from 'node:path';
import type { JoinArguments } from '../../../api/orders.ts';
import { noteManifests } from '../../cluster-folders/note-folders.ts';
import type { Step, StepContext } from '../../runner/step.ts';
import { noteMountsAfter } from './document-mounts.ts';
import { areUnitsNoted, noteUnitsAfter } from './document-units.ts';
import { readBootstrapPlan, type JoinDeps } from './document.ts';
import { failBootstrap, isBootstrapSucceeded, successMarkOf } from './outcome.ts';
import { SENTINEL } from './cloud-init/bootstrap-plan.ts';
import { CLOUD_INIT_UMASK, withPreamble } from './script-preamble.ts';
import { unitNameOf } from '../unit-name.ts';

export function runBootstrapCommands(deps: JoinDeps): Step<JoinArguments> {
  return {
    name: 'RunBootstrapCommands',
    look: async (context) => (await isBootstrapSucceeded(deps, context)) && areUnitsNoted(deps, context.key),
    act: async (context, input) => {
      // Success without a note: the agent died in between, and the commands must not run again.
      if (await isBootstrapSucceeded(deps, context)) return noteNode(deps, context);
      const plan = await readBootstrapPlan(context, input);
      const unit = unitNameOf(context.key, 'runcmd');
      const script = withSuccessMark(plan.runScript, successMarkOf(deps, context));
      const result = await context.host.runUnit({ unit, script, secret: true }, context.signal);
      await noteNode(deps, context);
      await context.ledger.noteChanged();
      if (!(await isBootstrapSucceeded(deps, context))) await failBootstrap(context, { part: 'runcmd', plan, result });
    },
  };
}

/** Now the manifests are fresh, and what is mounted and enabled beside what was before is the document's. */
async function noteNode(notes: JoinDeps, context: StepContext): Promise<void> {
  await noteManifests({ ...context, notes });
  await noteMountsAfter({ ...context, notes });
  await noteUnitsAfter({ ...context, notes });
}

/**
 * The script with a trap as its first line: however it ends, a sentinel that is there is written down durably, since the
 * sentinel itself dies with a reboot. Exits 0 then, 75 when all commands "succeeded" without it, else as the script did.
 */
export function withSuccessMark(script: string, mark: string): string {
  const folder = dirname(mark);
  const trap = [
    `trap 'byo_status=$?; if [ -e ${SENTINEL} ]; then mkdir -p ${folder} && : > ${mark} && sync ${folder} ${mark};`,
    `exit 0; fi; [ "$byo_status" -ne 0 ] || byo_status=75; exit "$byo_status"' EXIT`,
  ].join(' ');
  return withPreamble(script, `${CLOUD_INIT_UMASK}; ${trap}`);
}
