// A run of a ByoMachine's workflow: its activities, and what it remembers beside what every run does.
import type { ByoMachineInput, MachineView } from '../api/activities.ts';
import { MACHINE_CONDITIONS, PROGRESS_REASONS, type ConditionUpdate } from '../api/conditions.ts';
import type { MachineKey } from '../api/names.ts';
import { readSealResult } from '../api/seal-result.ts';
import type { Phase } from '../api/steps.ts';
import type { BootstrapProgress, Stage, TeardownProgress } from './decide.ts';
import { cluster, describeConditions, type RunActivities } from './run-activities.ts';
import { WorkflowRun } from './run.ts';

const FIRST_PHASE: Record<Stage, Phase> = { Provision: 'Claim', Ready: 'Ready', Teardown: 'Drain' };

export class MachineRun extends WorkflowRun<MachineView> {
  /** The run's own stage: given by continue-as-new, or by the first look. */
  stage: Stage | undefined;
  bootstrap: BootstrapProgress | undefined;
  teardown: TeardownProgress | undefined;
  /** The machine was not found, and unclaimed, for a whole resync. */
  missing = false;
  /** What has come true since something was written last, and is told with the next effect. */
  toTell: ConditionUpdate[] = [];

  constructor({ machine, phase }: ByoMachineInput) {
    const activities = activitiesOf(machine);
    super({ machine, activities, phase: FIRST_PHASE[phase ?? 'Provision'], isSeen: phase === 'Ready' });
    this.stage = phase;
  }
}

function activitiesOf(machine: MachineKey): RunActivities<MachineView> {
  return {
    observe: () => cluster('read what is true now').observeMachine({ machine }),
    namesIn: ({ claim, clusterName }) => ({ host: claim?.hostName, clusterName }),
    report: (conditions, passing) =>
      cluster(describeConditions(conditions)).reportConditions({ machine, conditions, ...(passing && { passing }) }),
    seal: async (order, conditions) => {
      const input = { machine, ...order, ...(conditions.length > 0 && { conditions }) };
      return readSealResult(await cluster(`seal ${order.verb} for ${order.claim.hostName}`).sealOrder(input));
    },
    letMovePass: () => cluster('let clusterctl move pass').setBlockMove({ machine, blocked: false }),
    failing: { type: MACHINE_CONDITIONS.workflowHealthy, status: 'False' },
    working: {
      type: MACHINE_CONDITIONS.workflowHealthy,
      status: 'True',
      reason: PROGRESS_REASONS.workflowHealthy,
      message: 'its workflow gets on again',
    },
  };
}
