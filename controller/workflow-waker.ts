// The controller's one sentence to Temporal: "look again", to the workflow of a machine or of a clean-up, which is started
// if need be.
import { Client, Connection, WorkflowNotFoundError, type WorkflowClient } from '@temporalio/client';
import {
  CLEANUP_TYPE,
  cleanupIdOf,
  controlQueueOf,
  LOOK_AGAIN,
  workflowIdOf,
  WORKFLOW_TYPE,
  type MachineKey,
} from '../api/names.ts';
import type { ByoMachineInput, HostCleanup, HostCleanupInput } from '../api/activities.ts';
import type { Wake } from './decide-machine.ts';

export type WorkflowWaker = {
  /** Rejects when Temporal does not answer in time: whoever calls tries again. */
  wake: (key: MachineKey, how: Wake) => Promise<void>;
  /** The same for the clean-up that a host owes; always started if none runs. */
  wakeCleanup: (cleanup: HostCleanup) => Promise<void>;
  close: () => Promise<void>;
};

/** A reconcile must not hang on Temporal: it is bounded, and comes back with the queue's back-off. */
const DEADLINE_MS = 5000;

/** Connects lazily: the controller runs, and reconciles, while Temporal is down. */
export function createWorkflowWaker(options: { address: string; namespace: string }): WorkflowWaker {
  const connection = Connection.lazy({
    address: options.address,
    connectTimeout: DEADLINE_MS,
    // As the worker beside it, and the gateway: straight, whatever proxy the environment names for the Internet.
    channelArgs: { 'grpc.enable_http_proxy': 0 },
  });
  const { workflow } = new Client({ connection, namespace: options.namespace });
  return {
    wake: (key, how) =>
      connection.withDeadline(Date.now() + DEADLINE_MS, () =>
        how === 'Start' ? startOrTell(workflow, key) : tell(workflow, key),
      ),
    wakeCleanup: (cleanup) =>
      connection.withDeadline(Date.now() + DEADLINE_MS, () => startCleanupOrTell(workflow, cleanup)),
    close: () => connection.close(),
  };
}

/** A run that has ended, however it did, may be followed by another: it starts by observing. */
const START_OR_TELL = {
  signal: LOOK_AGAIN,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowIdConflictPolicy: 'USE_EXISTING',
} as const;

async function startOrTell(workflow: WorkflowClient, key: MachineKey): Promise<void> {
  const input: ByoMachineInput = { machine: key };
  await workflow.signalWithStart(WORKFLOW_TYPE, {
    ...START_OR_TELL,
    signalArgs: [],
    workflowId: workflowIdOf(key),
    taskQueue: controlQueueOf(key.management),
    args: [input],
    staticSummary: `ByoMachine ${key.namespace}/${key.name}`,
  });
}

async function startCleanupOrTell(workflow: WorkflowClient, cleanup: HostCleanup): Promise<void> {
  const { machine, claim } = cleanup;
  const input: HostCleanupInput = { cleanup };
  await workflow.signalWithStart(CLEANUP_TYPE, {
    ...START_OR_TELL,
    signalArgs: [],
    workflowId: cleanupIdOf(machine, claim.hostName, claim.generation),
    taskQueue: controlQueueOf(machine.management),
    args: [input],
    staticSummary: `clean-up of ByoHost ${machine.namespace}/${claim.hostName}`,
  });
}

async function tell(workflow: WorkflowClient, key: MachineKey): Promise<void> {
  try {
    await workflow.getHandle(workflowIdOf(key)).signal(LOOK_AGAIN);
  } catch (error) {
    // None runs: whoever has nothing to do need not hear that he shall hold.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
