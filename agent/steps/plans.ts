// The plan of each verb.
import type { DrainArguments, InstallArguments, JoinArguments, ResetArguments } from '../../api/orders.ts';
import type { OperationPlan } from '../runner/step.ts';
import { createDrainPlan } from './drain-plan.ts';
import { createInstallPlan } from './install-plan.ts';
import type { InstallDeps } from './installed-bundle.ts';
import type { JoinDeps } from './join-document.ts';
import { createJoinPlan } from './join-plan.ts';
import { createResetPlan } from './reset-plan.ts';

/** Keyed by verb, so that an order finds its plan and the compiler its arguments. */
export type HostPlans = {
  install: OperationPlan<InstallArguments>;
  join: OperationPlan<JoinArguments>;
  drain: OperationPlan<DrainArguments>;
  reset: OperationPlan<ResetArguments>;
};

export function createPlans(deps: Pick<InstallDeps, 'store'> & JoinDeps): HostPlans {
  const platform = process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';
  return {
    install: createInstallPlan({ store: deps.store, platform }),
    join: createJoinPlan(deps),
    drain: createDrainPlan(),
    reset: createResetPlan(),
  };
}
