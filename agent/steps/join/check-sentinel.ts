// CheckSentinel: the last word on whether the bootstrap succeeded.
import type { JoinArguments } from '../../../api/orders.ts';
import { ByoError } from '../../../common/errors.ts';
import type { Step } from '../../runner/step.ts';
import type { JoinDeps } from './document.ts';
import { eraseBootstrapData } from './erase-bootstrap-data.ts';
import { isBootstrapSucceeded } from './outcome.ts';

export function checkSentinel(deps: JoinDeps): Step<JoinArguments> {
  return {
    name: 'CheckSentinel',
    look: async (context) => {
      if (!(await isBootstrapSucceeded(deps, context))) return false;
      // For when the agent died between the end of the commands and its own note of what they had made.
      await context.ledger.noteChanged();
      return true;
    },
    act: async (context) => {
      await eraseBootstrapData(context);
      throw new ByoError('BootstrapFailed', 'the bootstrap document ended without its success file', {
        remedy: 'The host is reset before the whole document is tried again',
        retryable: false,
      });
    },
  };
}
