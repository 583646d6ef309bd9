// The plan of each verb.
import { PLATFORM } from '../../common/platform.ts';
import type { PlansByVerb } from '../runner/step.ts';
import { createDrainPlan } from './drain/plan.ts';
import { createInstallPlan } from './install/plan.ts';
import type { InstallDeps } from './install/installed-bundle.ts';
import type { JoinDeps } from './join/document.ts';
import { createJoinPlan } from './join/plan.ts';
import type { ResetDeps } from './reset/compare-baseline.ts';
import { createResetPlan } from './reset/plan.ts';

/** `store`: where bundles are kept; `gateway`: where they may come from; `stateDir`: what must outlive a boot. */
export function createPlans(deps: Omit<InstallDeps, 'platform'> & JoinDeps & ResetDeps): PlansByVerb {
  const platform = PLATFORM;
  return {
    install: createInstallPlan({ store: deps.store, platform, gateway: deps.gateway }),
    join: createJoinPlan(deps),
    drain: createDrainPlan(deps),
    reset: createResetPlan(deps),
  };
}
