// Every activity beside the controller, and how each is carried out: its input is checked, the objects are read, the right is
// decided on them, and only then something is done, on what was read. There is no other way into the control worker.
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterActivities } from '../../api/activities.ts';
import { ByoError } from '../../common/errors.ts';
import { retryOnConflict } from '../../common/kube/retry-on-conflict.ts';
import { asActivity } from '../failure.ts';
import { createClaimHost } from './claim/claim-host.ts';
import { inTurns, type Read } from './claim/claim-turns.ts';
import type { ClusterDependencies } from './dependencies.ts';
import { decideCleanup } from './observe/decide-cleanup.ts';
import { decideView } from './observe/decide-view.ts';
import { readCleanup } from './observe/read-cleanup.ts';
import { readSituation } from './observe/situation.ts';
import { createSealOrder } from './order/seal-order.ts';
import { createDeleteNode, createReleaseHost } from './release-host.ts';
import { createReportConditions, createSetBlockMove } from './report-conditions.ts';
import { parseInput, type Inputs, type Results } from './right/activity-input.ts';
import { RIGHTS } from './right/decide-right.ts';
import type { Deed, Deeds } from './right/deed.ts';
import type { Refused } from './right/refused.ts';
import { createSetProviderID } from './set-provider-id.ts';
import { createReportCleanup, createSettleCleanup } from './settle-cleanup.ts';

export type { ClusterDependencies } from './dependencies.ts';

type Activity = keyof ClusterActivities;

/** All cluster activities over one API server, each behind its right; errors leave them as Temporal failures with reason and remedy. */
export function createClusterActivities(deps: ClusterDependencies): ClusterActivities {
  const { kube } = deps;
  const deeds = deedsOf(deps);
  const machine = ({ machine: key }: Inputs['observeMachine']) => readSituation(deps, key);
  // The finalizer falls when there is no host left: that, no index decides.
  const everyHost = ({ machine: key }: Inputs['releaseHost']) => readSituation({ ...deps, everyHost: true }, key);
  const host = (cleanup: Inputs['observeCleanup']) => readCleanup(kube, cleanup);
  const behind = <A extends Activity, Seen>(name: A, right: Right<A, Seen>) =>
    checked(deps, name, withRight(deps, right));
  const claimed = withRight(deps, { look: machine, decide: RIGHTS.sealOrder.decide, act: deeds.sealOrder.claimed });
  const owed = withRight(deps, { look: host, decide: RIGHTS.sealOrder.decideOwed, act: deeds.sealOrder.owed });
  return {
    observeMachine: checked(deps, 'observeMachine', async (input) => decideView(await machine(input), input.machine)),
    observeCleanup: checked(deps, 'observeCleanup', async (cleanup) => decideCleanup(await host(cleanup), cleanup)),
    claimHost: checked(deps, 'claimHost', inTurns(kube, claimInTurn(deps, deeds))),
    sealOrder: checked(deps, 'sealOrder', (input) => (input.owed ? owed(input) : claimed(input))),
    reportConditions: behind('reportConditions', {
      look: machine,
      ...RIGHTS.reportConditions,
      act: deeds.reportConditions,
    }),
    setProviderID: behind('setProviderID', { look: machine, ...RIGHTS.setProviderID, act: deeds.setProviderID }),
    setBlockMove: behind('setBlockMove', { look: machine, ...RIGHTS.setBlockMove, act: deeds.setBlockMove }),
    deleteNode: behind('deleteNode', { look: machine, ...RIGHTS.deleteNode, act: deeds.deleteNode }),
    releaseHost: behind('releaseHost', { look: everyHost, ...RIGHTS.releaseHost, act: deeds.releaseHost }),
    reportCleanup: behind('reportCleanup', { look: host, ...RIGHTS.reportCleanup, act: deeds.reportCleanup }),
    settleCleanup: behind('settleCleanup', { look: host, ...RIGHTS.settleCleanup, act: deeds.settleCleanup }),
  };
}

/** What each does, in a file of its name. */
function deedsOf(deps: ClusterDependencies): Deeds {
  return {
    claimHost: createClaimHost(deps),
    sealOrder: createSealOrder(deps),
    reportConditions: createReportConditions(deps),
    setProviderID: createSetProviderID(deps),
    setBlockMove: createSetBlockMove(deps),
    deleteNode: createDeleteNode(deps),
    releaseHost: createReleaseHost(deps),
    reportCleanup: createReportCleanup(deps),
    settleCleanup: createSettleCleanup(deps),
  };
}

/** A claim that was not made, as when its host has changed meanwhile, is decided on another reading. */
function claimInTurn(deps: ClusterDependencies, deeds: Pick<Deeds, 'claimHost'>) {
  return (input: Inputs['claimHost'], read: Read): Promise<Results['claimHost']> => {
    const look = async () => {
      const round = await read.look();
      return { ...round.situationOf(input.machine), round };
    };
    const act: Deeds['claimHost'] = async (seen, asked) => {
      try {
        return await deeds.claimHost(seen, asked);
      } catch (error) {
        read.forget();
        throw error;
      }
    };
    return withRight(deps, { look, ...RIGHTS.claimHost, act })(input);
  };
}

type Right<A extends Activity, Seen> = {
  look: (input: Inputs[A]) => Promise<Seen>;
  decide: (seen: Seen, input: Inputs[A]) => Refused | undefined;
  act: Deed<A, Seen>;
};

/** What the host has just done is reported beside the answer that brought the caller here, and may come a moment later. */
const PATIENCE_MS = 8000;
const LOOK_AGAIN_MS = 250;

function withRight<A extends Activity, Seen>(
  { patienceMs = PATIENCE_MS }: ClusterDependencies,
  { look, decide, act }: Right<A, Seen>,
): (input: Inputs[A]) => Promise<Results[A]> {
  return (input) => {
    const until = performance.now() + patienceMs;
    return retryOnConflict(async () => {
      for (;;) {
        const seen = await look(input);
        const refused = decide(seen, input);
        if (!refused) return act(seen, input);
        if (!refused.late || performance.now() >= until) throw toError(refused);
        await delay(LOOK_AGAIN_MS);
      }
    });
  };
}

/** As the workflow takes it: it looks anew, and does what is to be done then. */
function toError({ reason, message }: Refused): ByoError {
  return new ByoError(reason, message, { remedy: 'Nothing was done; the machine is looked at anew', retryable: false });
}

function checked<A extends Activity>(
  { management }: ClusterDependencies,
  name: A,
  run: (input: Inputs[A]) => Promise<Results[A]>,
): (input: Inputs[A]) => Promise<Results[A]> {
  return asActivity(async (input: Inputs[A]) => run(parseInput(name, input, management)));
}
