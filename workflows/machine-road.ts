// The road of a ByoMachine: what a run of its workflow is about, and what it remembers beside what every run does.
import type { ByoMachineInput, MachineView } from '../api/activities.ts';
import { MACHINE_CONDITIONS, PROGRESS_REASONS } from '../api/conditions.ts';
import type { MachineKey } from '../api/names.ts';
import type { Phase } from '../api/steps.ts';
import { cluster } from './cluster-activities.ts';
import type { Tries } from './decide-provision.ts';
import type { Stage } from './decide-stage.ts';
import type { Undone } from './decide-teardown.ts';
import { describeConditions } from './describe-operation.ts';
import { heed, newRoad, type Road, type Subject } from './road.ts';

export type MachineRoad = Road<MachineView> & {
  /** The run's own stage: given by continue-as-new, or by the first look. */
  stage?: Stage;
  tries?: Tries;
  undone?: Undone;
  /** The machine was not found, and unclaimed, for a whole resync. */
  missing: boolean;
};

const FIRST_PHASE: Record<Stage, Phase> = { Provision: 'Claim', Ready: 'Ready', Teardown: 'Drain' };

/** Begins a run. */
export function openMachineRoad({ machine, phase }: ByoMachineInput): MachineRoad {
  const road: MachineRoad = {
    ...newRoad({ machine, subject: machineSubject(machine) }, FIRST_PHASE[phase ?? 'Provision']),
    ...(phase && { stage: phase }),
    missing: false,
  };
  heed(road);
  return road;
}

function machineSubject(machine: MachineKey): Subject<MachineView> {
  return {
    observe: () => cluster('read what is true now').observeMachine({ machine }),
    namesIn: ({ claim, clusterName }) => ({ host: claim?.hostName, clusterName }),
    report: (conditions) => cluster(describeConditions(conditions)).reportConditions({ machine, conditions }),
    failing: { type: MACHINE_CONDITIONS.workflowHealthy, status: 'False' },
    working: {
      type: MACHINE_CONDITIONS.workflowHealthy,
      status: 'True',
      reason: PROGRESS_REASONS.workflowHealthy,
      message: 'its workflow gets on again',
    },
    blockMove: (blocked) =>
      cluster(blocked ? 'hold clusterctl move back' : 'let clusterctl move pass').setBlockMove({ machine, blocked }),
  };
}
