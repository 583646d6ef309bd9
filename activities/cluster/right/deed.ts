// What the activities beside the controller do, without their right to it (activities/cluster/index.ts).
import type { ClusterActivities } from '../../../api/activities.ts';
import type { Inputs, Results } from './activity-input.ts';
import type { Claiming } from '../claim/claim-host.ts';
import type { CleanupSituation } from '../observe/decide-cleanup.ts';
import type { Situation } from '../observe/situation.ts';

type Activity = keyof ClusterActivities;

/** What an activity does once it has the right, on the objects that gave it; again when they have changed meanwhile. */
export type Deed<A extends Activity, Seen = Situation> = (seen: Seen, input: Inputs[A]) => Promise<Results[A]>;

/** What each activity does, without its right. */
export type Deeds = {
  [A in 'reportConditions' | 'setProviderID' | 'setBlockMove' | 'deleteNode' | 'releaseHost']: Deed<A>;
} & {
  [A in 'reportCleanup' | 'settleCleanup']: Deed<A, CleanupSituation>;
} & {
  claimHost: Deed<'claimHost', Claiming>;
  sealOrder: { claimed: Deed<'sealOrder'>; owed: Deed<'sealOrder', CleanupSituation> };
};
