// Which conditions may be written of a machine: what the objects contradict is not, whoever says it. A condition that
// takes back what has come true would have a health check delete a machine that works.
import type { Told } from '../../../api/activities.ts';
import type { ConditionUpdate } from '../../../api/conditions.ts';
import { MACHINE_CONDITIONS } from '../../../api/conditions.ts';
import type { MachineKey } from '../../../api/names.ts';
import { isDeleting } from '../../../common/contract.ts';
import { decideView, presentOperation } from '../observe/decide-view.ts';
import { stopped, type Refused } from './refused.ts';
import type { Situation } from '../observe/situation.ts';

/** Whoever writes conditions, with an effect or alone. */
type Said = { machine: MachineKey } & Told;

/** Pure: that a bootstrap has come to its end is said by its host, or by the cluster that knows its Node. */
export function decideReport(seen: Situation, { machine, conditions = [] }: Said): Refused | undefined {
  const isSaid = conditions.some(
    ({ type, status }) => type === MACHINE_CONDITIONS.bootstrapSucceeded && status === 'True',
  );
  if (!isSaid || !seen.machine || decideView(seen, machine).bootstrapped || hasJoined(seen)) return undefined;
  return stopped('the host does not report that its join has succeeded', true);
}

/** Pure: what of it is written; the rest is contradicted by what is true, and no news. */
export function keepTrue(seen: Situation, { machine, conditions = [] }: Said): ConditionUpdate[] {
  const view = decideView(seen, machine);
  const teardown: string[] = [MACHINE_CONDITIONS.drained, MACHINE_CONDITIONS.hostReset];
  return conditions.filter(({ type, status }) => {
    if (teardown.includes(type)) return isDeleting(seen.machine);
    if (type !== MACHINE_CONDITIONS.bootstrapSucceeded || status === 'True') return true;
    return !view.bootstrapped && !(status === 'False' && hasJoined(seen));
  });
}

function hasJoined({ claimed: [host] }: Situation): boolean {
  const operation = presentOperation(host);
  return operation !== undefined && /^join(#|$)/.test(operation.operation) && operation.state === 'Succeeded';
}
