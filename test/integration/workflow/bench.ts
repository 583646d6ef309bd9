// A bench for workflow tests: a real Temporal server, the real control worker, fakes behind it, and a controller that
// says no more than "look again".
import { randomUUID } from 'node:crypto';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { ClusterActivities, MachineClaim } from '../../../api/activities.ts';
import {
  CLEANUP_TYPE,
  WORKFLOW_TYPE,
  cleanupIdOf,
  controlQueueOf,
  hostQueueOf,
  workflowIdOf,
  type MachineKey,
} from '../../../api/names.ts';
import { createControlWorker } from '../../../workers/control.ts';
import { createFakeCluster } from './fake-cluster.ts';
import { createFakeHostActivities } from './fake-host.ts';
import { createWorld, until, type State, type World } from './world.ts';

export type Bench = {
  readonly client: Client;
  readonly hostID: string;
  readonly taskQueue: string;
  /** A machine of its own with its world, and nothing started. */
  addMachine(name: string, options?: { hostID?: string }): TestMachine;
  startHostWorker(hostID: string): Promise<void>;
  /** The control worker of the bench ends, so that a test may run another one with these activities. */
  stopControlWorker(): Promise<void>;
  readonly management: string;
  readonly activities: ClusterActivities;
  close(): Promise<void>;
};

export type TestMachine = {
  readonly world: World;
  readonly handle: WorkflowHandle;
  /** As the controller: signal-with-start, existing run used, restart allowed. Answers the run that was told. */
  lookAgain(): Promise<string>;
  /** Of the clean-up that its host owes once it was forced away; the same for its own workflow. */
  readonly cleanup: { readonly handle: WorkflowHandle; lookAgain(): Promise<string> };
  change(update: (state: State) => void): Promise<void>;
  until(what: string, isTrue: (world: World) => boolean): Promise<void>;
  untilCondition(wanted: string): Promise<void>;
};

Runtime.install({ logger: new DefaultLogger('ERROR') });

type Stage = { client: Client; taskQueue: string; hostID: string; management: string; worlds: Map<string, World> };

/** Opens a bench on the server of BYO_TEST_TEMPORAL; `workflowBundle` replaces the product's. */
export async function openBench(options: { workflowBundle?: { codePath: string } } = {}): Promise<Bench> {
  const connection = await NativeConnection.connect({ address: process.env['BYO_TEST_TEMPORAL'] ?? '' });
  const namespace = 'default';
  const client = new Client({ connection, namespace, identity: 'controller' });
  const management = randomUUID();
  const stage = { client, taskQueue: controlQueueOf(management), hostID: randomUUID(), management, worlds: new Map() };
  const find = (incarnation: string): World => findWorld(stage, incarnation);
  const activities = createFakeCluster(({ incarnation }) => find(incarnation));
  const { taskQueue } = stage;
  const control = { connection, namespace, taskQueue, activities, identity: 'control', ...options };
  const stopControlWorker = once(runWorker(await createControlWorker(control)));
  const runs = [stopControlWorker];
  const startHostWorker = async (hostID: string): Promise<void> => {
    const queue = { connection, namespace, taskQueue: hostQueueOf(hostID), identity: 'host' };
    const host = { ...queue, activities: createFakeHostActivities(find), maxHeartbeatThrottleInterval: 200 };
    runs.push(runWorker(await Worker.create(host)));
  };
  await startHostWorker(stage.hostID);
  return {
    ...stage,
    addMachine: (name, { hostID = stage.hostID } = {}) => addMachine(stage, name, hostID),
    startHostWorker,
    stopControlWorker,
    activities,
    close: async () => {
      await Promise.all(runs.map((stop) => stop()));
      await connection.close();
    },
  };
}

function runWorker(worker: Worker): () => Promise<void> {
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
  };
}

function once(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return async () => (stopped ??= stop());
}

function findWorld({ worlds }: Stage, incarnation: string): World {
  const world = worlds.get(incarnation);
  if (!world) throw new Error(`no world of ${incarnation}`);
  return world;
}

function addMachine(stage: Stage, name: string, hostID: string): TestMachine {
  const machine: MachineKey = { management: stage.management, namespace: 'default', name, incarnation: randomUUID() };
  const world = createWorld(machine, hostID);
  stage.worlds.set(machine.incarnation, world);
  const lookAgain = async (): Promise<string> => startOrSignal(stage, machine);
  const claim = { hostName: `host-of-${name}`, hostID, generation: 7 };
  return {
    world,
    handle: stage.client.workflow.getHandle(workflowIdOf(machine)),
    lookAgain,
    cleanup: {
      handle: stage.client.workflow.getHandle(cleanupIdOf(machine, claim.hostName, claim.generation)),
      lookAgain: async () => startOrSignalCleanup(stage, machine, claim),
    },
    change: async (update) => {
      update(world.state);
      world.events.emit('change');
      await lookAgain();
    },
    until: async (what, isTrue) => until(world, what, isTrue),
    untilCondition: async (wanted) =>
      until(world, `told ${wanted}`, ({ conditions }) =>
        [...conditions.values()].some(({ type, status, reason }) => `${type}=${status}/${reason}` === wanted),
      ),
  };
}

const START_OR_SIGNAL = {
  signal: 'lookAgain',
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowIdConflictPolicy: 'USE_EXISTING',
} as const;

async function startOrSignal({ client, taskQueue }: Stage, machine: MachineKey): Promise<string> {
  const { signaledRunId } = await client.workflow.signalWithStart(WORKFLOW_TYPE, {
    ...START_OR_SIGNAL,
    signalArgs: [],
    workflowId: workflowIdOf(machine),
    taskQueue,
    args: [{ machine }],
    staticSummary: `${machine.namespace}/${machine.name}`,
  });
  return signaledRunId;
}

async function startOrSignalCleanup(
  { client, taskQueue }: Stage,
  machine: MachineKey,
  claim: MachineClaim,
): Promise<string> {
  const { signaledRunId } = await client.workflow.signalWithStart(CLEANUP_TYPE, {
    ...START_OR_SIGNAL,
    signalArgs: [],
    workflowId: cleanupIdOf(machine, claim.hostName, claim.generation),
    taskQueue,
    args: [{ cleanup: { machine, claim } }],
  });
  return signaledRunId;
}
