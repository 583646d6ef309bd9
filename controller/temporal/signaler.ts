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
} from '../../api/names.ts';
import type { ByoMachineInput, HostCleanup, HostCleanupInput } from '../../api/activities.ts';
import { isSameLink, LINK_LOOK_MS, type TemporalLink } from '../../common/temporal-link.ts';
import type { Wake } from '../machine/decide.ts';

export type WorkflowSignaler = {
  /** Rejects when Temporal does not answer in time: whoever calls tries again. */
  wake: (key: MachineKey, how: Wake) => Promise<void>;
  /** The same for the clean-up that a host owes; always started if none runs. */
  wakeCleanup: (cleanup: HostCleanup) => Promise<void>;
  close: () => Promise<void>;
};

/** A reconcile must not hang on Temporal: it is bounded, and comes back with the queue's back-off. */
const DEADLINE_MS = 5000;

/** Connects lazily: the controller runs, and reconciles, while Temporal is down. */
export function createWorkflowSignaler(readLink: () => TemporalLink): WorkflowSignaler {
  const link = new LazyLink(readLink);
  return {
    wake: (key, how) => link.use((workflow) => (how === 'Start' ? startOrTell(workflow, key) : tell(workflow, key))),
    wakeCleanup: (cleanup) => link.use((workflow) => startCleanupOrTell(workflow, cleanup)),
    close: () => link.close(),
  };
}

type Linked = { link: TemporalLink; connection: Connection; workflow: WorkflowClient };

/** A connection that is followed by another once its certificate, or anything else of its link, has changed. */
class LazyLink {
  readonly #readLink: () => TemporalLink;
  #linked: Linked | undefined;
  #readAtMs = -Infinity;

  constructor(readLink: () => TemporalLink) {
    this.#readLink = readLink;
  }

  async use(say: (workflow: WorkflowClient) => Promise<void>): Promise<void> {
    const { connection, workflow } = await this.#current();
    await connection.withDeadline(Date.now() + DEADLINE_MS, () => say(workflow));
  }

  async close(): Promise<void> {
    await this.#linked?.connection.close();
  }

  async #current(): Promise<Linked> {
    const before = this.#linked;
    if (before && performance.now() - this.#readAtMs < LINK_LOOK_MS) return before;
    const link = this.#readLink();
    this.#readAtMs = performance.now();
    if (before && isSameLink(link, before.link)) return before;
    const linked = connectLazily(link);
    this.#linked = linked;
    await before?.connection.close();
    return linked;
  }
}

function connectLazily(link: TemporalLink): Linked {
  const connection = Connection.lazy({
    ...link.options,
    address: link.address,
    connectTimeout: DEADLINE_MS,
    // As the worker beside it, and the gateway: straight, whatever proxy the environment names for the Internet.
    channelArgs: { 'grpc.enable_http_proxy': 0 },
  });
  return { link, connection, workflow: new Client({ connection, namespace: link.namespace }).workflow };
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
