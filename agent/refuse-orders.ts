// A host that lives, is heard, and obeys nobody.
import type { OperationProgress } from '../api/report/reported-host.ts';
import { describeError, printable, type ByoError } from '../common/errors.ts';
import type { Remembered } from './journal/read-copy.ts';
import type { AgentOperations } from './operations.ts';
import { recallProgress } from './runner/recorded-end.ts';
import type { Reason } from '../api/reasons/reason.ts';

/**
 * Without memory nobody can say which claim is open or what has been changed: every order is refused with the cause, so
 * that it stands in the machine's conditions as well, until a person has cleared it up. `remembered`: what could be read
 * of a journal that cannot be written.
 */
export function refuseOrders(error: ByoError, remembered?: Remembered): AgentOperations {
  const refuse = async (): Promise<never> => {
    throw error;
  };
  const said = { reason: error.reason, message: printable(describeError(error)) };
  const latest = remembered?.last && whyItStands(recallProgress(remembered.last), said);
  return {
    perform: refuse,
    // Nothing runs that could be stopped.
    stop: async () => undefined,
    isKnown: () => false,
    progressOf: ({ operation, generation }) =>
      latest?.operation === operation && latest.generation === generation ? latest : undefined,
    claims: () => remembered?.claims ?? { resetting: false, highest: 0, closed: [] },
    latest: () => latest,
    quarantine: () => said,
    told: () => ({ notes: [], leftovers: [] }),
    resume: async () => undefined,
    onChange: () => undefined,
    noteHostPaths: async () => undefined,
  };
}

/** What was cut off waits, and for the same reason: its units go on, and how they end is on the machine. */
function whyItStands(progress: OperationProgress, said: Reason): OperationProgress {
  return progress.state === 'Running' ? { ...progress, ...said } : progress;
}
