// Operation `join`: the bootstrap document, executed as cloud-init would.
import type { JoinArguments } from '../../../api/orders.ts';
import type { OperationPlan } from '../../runner/step.ts';
import { checkSentinel } from './check-sentinel.ts';
import type { JoinDeps } from './document.ts';
import { eraseBootstrapDataStep } from './erase-bootstrap-data.ts';
import { lookInterruptedJoin } from './look-interrupted.ts';
import { readBootstrapDocument } from './read-bootstrap-document.ts';
import { runBootCommands } from './run-boot-commands.ts';
import { runBootstrapCommands } from './run-bootstrap-commands.ts';
import { writeBootstrapFiles } from './write-bootstrap-files.ts';

/** The steps in the order of `JOIN_STEPS`. */
export function createJoinPlan(deps: JoinDeps): OperationPlan<JoinArguments> {
  return {
    keepsInput: 'tmpfs',
    lookInterrupted: (context) => lookInterruptedJoin(deps, context),
    steps: [
      readBootstrapDocument(deps),
      runBootCommands(deps),
      writeBootstrapFiles(deps),
      runBootstrapCommands(deps),
      checkSentinel(deps),
      eraseBootstrapDataStep,
    ],
  };
}
