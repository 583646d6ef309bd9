// The life of one ByoMachine: claim, prepare, bootstrap, ready … drain, reset, release. Each turn takes one step on what is
// true now, so that a run may begin anywhere and end anywhere.
import { continueAsNew } from '@temporalio/workflow';
import type { ByoMachineInput, MachineView } from '../api/activities.ts';
import { MACHINE_CONDITIONS, PROGRESS_REASONS } from '../api/conditions.ts';
import { bootstrapped, claimed, prepared } from '../api/milestones.ts';
import type { MachineKey } from '../api/names.ts';
import type { Phase } from '../api/steps.ts';
import { readSealResult } from '../api/seal-result.ts';
import { decideStage, type MachineMemory, type Stage } from './decide.ts';
import { isActivityFailure, waitOutActivity } from './failures.ts';
import { RESYNC_AT_REST, RESYNC_LONGEST } from './options.ts';
import { provision } from './provision.ts';
import { cluster, clusterQuietly, describeConditions, type RunActivities } from './run-activities.ts';
import { WorkflowRun, type MachineRun } from './run.ts';
import { tearDown } from './teardown.ts';

/**
 * The workflow. May be started at any time, by anyone, any number of times: it begins by looking, unless the run before it
 * has just done so. Ends when the host is released, or when there has been neither a machine nor a claim for long.
 */
export async function byoMachine(input: ByoMachineInput): Promise<void> {
  const run = begin(input);
  if (!run.isAsked) await rest(run);
  for (;;) {
    try {
      const view = await run.look();
      if (await takeStep(run, view)) return;
    } catch (error) {
      if (!isActivityFailure(error)) throw error;
      await waitOutActivity(run, error);
    }
    if (run.mustContinueAsNew()) await continueWith(run, run.memory.stage);
  }
}

const FIRST_PHASE: Record<Stage, Phase> = { Provision: 'Claim', Ready: 'Ready', Teardown: 'Drain' };

function begin({ machine, phase }: ByoMachineInput): MachineRun {
  const memory: MachineMemory = { stage: phase, missing: false, toTell: [] };
  const first = FIRST_PHASE[phase ?? 'Provision'];
  return new WorkflowRun({
    machine,
    activities: activitiesOf(machine),
    memory,
    phase: first,
    isSeen: phase === 'Ready',
  });
}

/** Answers true when the run has nothing left to do. */
async function takeStep(run: MachineRun, view: MachineView): Promise<boolean> {
  if (view.hold) return hold(run, view);
  const stage = decideStage(view);
  run.memory.stage ??= stage;
  if (stage !== run.memory.stage) {
    await run.tellWorking();
    await continueWith(run, stage);
  }
  switch (stage) {
    case 'Teardown':
      return tearDown(run, view);
    case 'Ready':
      await stayReady(run, view);
      break;
    case 'Provision':
      await provision(run, view);
  }
  return false;
}

/** Whoever was asked meanwhile, and ends before looking, leaves it to the next run to look first. */
async function continueWith(run: MachineRun, phase: Stage | undefined): Promise<never> {
  if (phase === 'Ready') run.enterPhase('Ready');
  return continueAsNew<typeof byoMachine>({ machine: run.machine, ...(phase && !run.isAsked && { phase }) });
}

/**
 * Nothing may be done: not found, paused, or on its way to another management cluster. Never a reset. Answers true when the
 * run may end: the machine was not found and no host is claimed for it, twice and a whole resync apart. Should it appear
 * after all, the controller starts a run again.
 */
async function hold(run: MachineRun, view: MachineView): Promise<boolean> {
  const missing = view.notFound === true && !view.claim;
  if (missing && run.memory.missing) return true;
  if (!view.notFound) await run.letMovePass();
  const asked = await run.sleep(view.hold, RESYNC_LONGEST);
  run.memory.missing = missing && !asked;
  return false;
}

/** Says again what is true, if that was lost (`clusterctl move` drops every status), and waits; the next look decides. */
async function stayReady(run: MachineRun, { claim, untold }: MachineView): Promise<void> {
  if (claim && untold) await run.reportAtRest(claimed(claim), prepared(claim), bootstrapped(claim));
  await run.letMovePass();
  await rest(run);
}

/** Nothing to do but to notice that something changed. */
async function rest(run: MachineRun): Promise<void> {
  run.enterPhase('Ready');
  await run.waitForSignal(undefined, RESYNC_AT_REST);
}

/** What it does beside the controller; claim, Node and release are called where they belong in the life. */
function activitiesOf(machine: MachineKey): RunActivities<MachineView> {
  const call = (summary: string) => (activities.isQuiet ? clusterQuietly(summary) : cluster(summary));
  const activities: RunActivities<MachineView> = {
    observe: () => call('read what is true now').observeMachine({ machine }),
    namesIn: ({ claim, clusterName }) => ({ host: claim?.hostName, clusterName }),
    report: (conditions, passing) =>
      call(describeConditions(conditions)).reportConditions({ machine, conditions, ...(passing && { passing }) }),
    seal: async (order, conditions) => {
      const input = { machine, ...order, ...(conditions.length > 0 && { conditions }) };
      return readSealResult(await call(`seal ${order.verb} for ${order.claim.hostName}`).sealOrder(input));
    },
    letMovePass: () => call('let clusterctl move pass').setBlockMove({ machine, blocked: false }),
    isQuiet: false,
    failing: { type: MACHINE_CONDITIONS.workflowHealthy, status: 'False' },
    working: {
      type: MACHINE_CONDITIONS.workflowHealthy,
      status: 'True',
      reason: PROGRESS_REASONS.workflowHealthy,
      message: 'its workflow gets on again',
    },
  };
  return activities;
}
