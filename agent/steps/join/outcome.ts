// How a bootstrap ended: the sentinel is the only success, and a durable mark outlives the tmpfs that it stands on.
import { join } from 'node:path';
import { ByoError } from '../../../common/errors.ts';
import { SENTINEL, type BootstrapPlan } from './cloud-init/bootstrap-plan.ts';
import type { UnitResult } from '../../host/host.ts';
import type { StepContext } from '../../runner/step.ts';
import { eraseBootstrapData } from './erase-bootstrap-data.ts';
import { secretsOf, type JoinDeps } from './document.ts';

import { redactOutput } from './redact-output.ts';
import { unitNameOf } from '../unit-name.ts';

/** Durable mark of one claim: the sentinel was there when its commands ended. */
export function successMarkOf(deps: JoinDeps, context: StepContext): string {
  return join(deps.stateDir, 'bootstrap', `${unitNameOf(context.key, 'runcmd')}.success`);
}

/** kubeadm has run for this claim and succeeded: it must never run again. */
export async function isBootstrapSucceeded(deps: JoinDeps, context: StepContext): Promise<boolean> {
  if (await context.host.stat(successMarkOf(deps, context))) return true;
  // The sentinel alone could be one of an earlier claim that was not reset: it counts with our own unit beside it.
  const unit = await context.host.lookUnit(unitNameOf(context.key, 'runcmd'));
  const ended = unit !== undefined && unit !== 'running' && unit.ended;
  return ended && (await context.host.stat(SENTINEL)) !== undefined;
}

/** Erases what must not stay, then fails: a bootstrap is never run blindly again; the workflow decides. */
export async function failBootstrap(
  context: StepContext,
  outcome: { part: 'bootcmd' | 'runcmd'; plan: BootstrapPlan; result: UnitResult },
): Promise<never> {
  await eraseBootstrapData(context);
  throw decideBootstrapError(outcome.part, outcome.result, secretsOf(outcome.plan));
}

/** The error for a unit that did not succeed; pure. */
export function decideBootstrapError(part: string, result: UnitResult, secrets: readonly string[]): ByoError {
  if (!result.ended) {
    const cause = result.sameBoot ? 'was lost without a result' : 'was cut off by a reboot';
    return bootstrapFailed(`${part} of the bootstrap document ${cause}`);
  }
  if (/JWS signature in the cluster-info ConfigMap|token .{0,40}(is invalid|has expired)/i.test(result.tail)) {
    return new ByoError('BootstrapTokenExpired', 'the join token of the bootstrap document is not valid any more', {
      remedy: 'A new Machine gets a new token: delete this one, or let a MachineHealthCheck replace it',
      retryable: false,
    });
  }
  const tail = redactOutput(result.tail, secrets);
  return bootstrapFailed(
    `${part} of the bootstrap document ended with ${result.exitCode} and no success${tail && `: ${tail}`}`,
  );
}

function bootstrapFailed(message: string): ByoError {
  return new ByoError('BootstrapFailed', message, {
    remedy: 'The host is reset before the whole document is tried again',
    retryable: false,
  });
}
