// The life of one ByoMachine: claim, prepare, bootstrap, ready … drain, reset, release. Each turn looks, takes one step
// and looks again, so that a run may begin anywhere and end anywhere.
import { continueAsNew } from '@temporalio/workflow';
import type { ByoMachineInput, MachineView } from '../api/activities.ts';
import { decideStage } from './decide-stage.ts';
import { waitOutActivity } from './failing.ts';
import { isActivityFailure } from './failures.ts';
import { hold } from './hold.ts';
import { provision } from './provision.ts';
import { stayReady } from './ready.ts';
import { look, mustContinueAsNew } from './road.ts';
import { openMachineRoad, type MachineRoad } from './machine-road.ts';
import { tearDown } from './teardown.ts';

/**
 * The workflow. May be started at any time, by anyone, any number of times: it begins by looking. Ends when the host is
 * released, or when there has been neither a machine nor a claim for long.
 */
export async function byoMachine(input: ByoMachineInput): Promise<void> {
  const road = openMachineRoad(input);
  for (;;) {
    try {
      const view = await look(road);
      if (await takeStep(road, view)) return;
    } catch (error) {
      if (!isActivityFailure(error)) throw error;
      await waitOutActivity(road, error);
    }
    if (mustContinueAsNew()) await continueWith(road, road.stage);
  }
}

/** Answers true when the run has nothing left to do. */
async function takeStep(road: MachineRoad, view: MachineView): Promise<boolean> {
  if (view.hold) return hold(road, view);
  const stage = decideStage(view);
  road.stage ??= stage;
  if (stage !== road.stage) await continueWith(road, stage);
  switch (stage) {
    case 'Teardown':
      return tearDown(road, view);
    case 'Ready':
      await stayReady(road, view);
      break;
    case 'Provision':
      await provision(road, view);
  }
  return false;
}

async function continueWith(road: MachineRoad, phase: MachineRoad['stage']): Promise<never> {
  return continueAsNew<typeof byoMachine>({ machine: road.machine, ...(phase && { phase }) });
}
