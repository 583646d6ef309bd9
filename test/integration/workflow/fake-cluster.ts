// The activities beside the controller, over a world in memory.
import type { ClaimResult, ClusterActivities, MachineView } from '../../../api/activities.ts';
import type { ConditionUpdate } from '../../../api/conditions.ts';
import { claimed } from '../../../api/milestones.ts';
import { providerIdOf, type MachineKey } from '../../../api/names.ts';
import { operationOf } from '../../../api/steps.ts';
import { perform, tellWatchers, type World } from './world.ts';

/** What observeMachine answers: the world as it is. */
function viewOf({ state, conditions }: World): MachineView {
  const bootstrap = conditions.get('BootstrapSucceeded')?.status;
  const { moveBlocked, ...rest } = state;
  return {
    ...rest,
    ...(moveBlocked && { moveBlocked: true }),
    deleting: state.deleting && !state.hold,
    ...(conditions.get('WorkflowHealthy')?.status === 'False' && { failing: true }),
    prepared: state.providerID !== undefined,
    bootstrapped: bootstrap === 'True',
    bootstrapFailed: bootstrap === 'False' && !state.retryAnnotation,
  };
}

/** Activities for all machines of a test file; `find` knows their worlds. */
export function createFakeCluster(find: (machine: MachineKey) => World): ClusterActivities {
  return {
    ...createReaders(find),
    ...createWriters(find),
    ...createReleasers(find),
    ...createCleaners(find),
  };
}

type Readers = 'observeMachine' | 'sealOrder' | 'claimHost';

function createReaders(find: (machine: MachineKey) => World): Pick<ClusterActivities, Readers> {
  return {
    observeMachine: async ({ machine }) => {
      const world = find(machine);
      return perform(world, 'observeMachine', async () => viewOf(world));
    },
    claimHost: async ({ machine }) => {
      const world = find(machine);
      return perform(world, 'claimHost', async () => claimHost(world));
    },
    sealOrder: async ({ machine, claim, verb, attempt, keepClaim, owed, conditions = [] }) => {
      const world = find(machine);
      return perform(world, `seal ${verb}`, async () => {
        if (world.state.noSeal) return { waiting: world.state.noSeal, view: viewOf(world) };
        const operation = operationOf(verb, 'v1.36.3', attempt, keepClaim);
        const { generation } = claim;
        if (!owed) world.state.moveBlocked = true;
        tell(world, conditions);
        const envelope = { verb, operation, incarnation: machine.incarnation, generation };
        const packed = world.seals.get(verb);
        const order = packed ? { ...envelope, sealed: packed } : { ...envelope, sealed: 'sealed' };
        return { order, ...(!owed && { view: viewOf(world) }) };
      });
    },
  };
}

function claimHost(world: World): ClaimResult {
  const { state, hostID } = world;
  if (state.noHost) {
    tell(world, [{ type: 'HostClaimed', status: 'False', ...state.noHost }]);
    return { waiting: state.noHost, view: viewOf(world) };
  }
  state.claim ??= { hostName: 'host-1', hostID, generation: 7 };
  tell(world, [claimed(state.claim)]);
  return { claim: state.claim, view: viewOf(world) };
}

type Writers = 'reportConditions' | 'setProviderID' | 'setBlockMove';

function createWriters(find: (machine: MachineKey) => World): Pick<ClusterActivities, Writers> {
  return {
    reportConditions: async ({ machine, conditions, passing }) => {
      const world = find(machine);
      return perform(world, 'reportConditions', async () => {
        if (passing) world.state.moveBlocked = false;
        tell(world, conditions);
        return viewOf(world);
      });
    },
    setProviderID: async ({ machine, claim, conditions = [], passing }) => {
      const world = find(machine);
      return perform(world, 'setProviderID', async () => {
        if (!world.host.installed) world.violations.push('providerID before the host was prepared');
        world.state.providerID = providerIdOf(claim.hostID, claim.generation);
        if (passing) world.state.moveBlocked = false;
        tell(world, conditions);
        return viewOf(world);
      });
    },
    setBlockMove: async ({ machine, blocked }) => {
      const world = find(machine);
      await perform(world, `block ${blocked}`, async () => void (world.state.moveBlocked = blocked));
    },
  };
}

function tell(world: World, conditions: readonly ConditionUpdate[]): void {
  for (const update of conditions) {
    world.conditions.set(update.type, update);
    world.told.push(`${update.type}=${update.status}/${update.reason}`);
  }
  tellWatchers(world);
}

function createReleasers(find: (machine: MachineKey) => World): Pick<ClusterActivities, 'deleteNode' | 'releaseHost'> {
  return {
    deleteNode: async ({ machine, conditions = [] }) => {
      const world = find(machine);
      return perform(world, 'deleteNode', async () => {
        tell(world, conditions);
        if (world.host.installed) world.violations.push('Node deleted while a kubelet can register it anew');
        world.state.nodeDeleted = true;
        return { deleted: true, message: 'deleted' };
      });
    },
    releaseHost: async ({ machine }) => {
      const world = find(machine);
      await perform(world, 'releaseHost', async () => {
        if (world.host.dirty || world.host.installed) world.violations.push('released a host that is not clean');
        forget(world);
        Object.assign(world.state, { released: true });
      });
    },
  };
}

type Cleaners = 'observeCleanup' | 'reportCleanup' | 'settleCleanup';

function createCleaners(find: (machine: MachineKey) => World): Pick<ClusterActivities, Cleaners> {
  return {
    observeCleanup: async ({ machine }) => {
      const world = find(machine);
      return perform(world, 'observeCleanup', async () => {
        const { owed, hostConnected, hostOperation } = world.state;
        const seen = { settled: owed === undefined, hostConnected, ...(hostOperation && { hostOperation }) };
        return { ...seen, ...owed };
      });
    },
    reportCleanup: async ({ machine, conditions }) => {
      const world = find(machine);
      await perform(world, 'reportCleanup', async () => tell(world, conditions));
    },
    settleCleanup: async ({ machine }) => {
      const world = find(machine);
      await perform(world, 'settleCleanup', async () => {
        if (world.host.dirty || world.host.installed) world.violations.push('freed a host that is not clean');
        delete world.state.owed;
        tellWatchers(world);
      });
    },
  };
}

/** The object and the claim are gone, as after the finalizer fell or after force. */
export function forget({ state }: World): void {
  delete state.claim;
  delete state.hostOperation;
  Object.assign(state, { notFound: true, deleting: false, hold: { reason: 'Held', message: 'not found' } });
}
