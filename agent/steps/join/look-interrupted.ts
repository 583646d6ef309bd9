// A join whose document is gone, after a reboot: whether kubeadm had succeeded, had been cut off, or had not begun.
import type { StepContext, StepOutcome } from '../../runner/step.ts';
import type { JoinDeps } from './document.ts';
import { eraseBootstrapData } from './erase-bootstrap-data.ts';
import { decideBootstrapError, isBootstrapSucceeded } from './outcome.ts';
import { unitNameOf } from '../unit-name.ts';

/** `Resumable` as long as nothing of the document has run: then the order may simply come again. */
export async function lookInterruptedJoin(
  deps: JoinDeps,
  context: StepContext,
): Promise<StepOutcome | { state: 'Resumable' }> {
  if (await isBootstrapSucceeded(deps, context)) {
    await eraseBootstrapData(context);
    return { state: 'Succeeded' };
  }
  for (const part of ['runcmd', 'bootcmd'] as const) {
    const unit = await context.host.lookUnit(unitNameOf(context.key, part));
    if (unit === undefined || unit === 'running') continue;
    // Without the document nobody can tell which of its words the output quotes.
    const result = unit.ended ? { ...unit, tail: '' } : unit;
    return { state: 'Failed', error: decideBootstrapError(part, result, []) };
  }
  return { state: 'Resumable' };
}
