// The activities on a host, over the same world: a journal that answers what has ended, and effects that are counted.
import { Context } from '@temporalio/activity';
import type { HostActivities, OperationResult } from '../../../api/activities.ts';
import type { OrderEnvelope } from '../../../api/orders.ts';
import { perform, type World } from './world.ts';

/** Activities of the one host on which a test file's machines live; `find` knows their worlds by incarnation. */
export function createFakeHostActivities(find: (incarnation: string) => World): HostActivities {
  const run = async (order: OrderEnvelope): Promise<OperationResult> => {
    const world = find(order.incarnation);
    const result = await perform(world, order.operation, async () => runOperation(world, order));
    const { answers } = world.host;
    // A host may answer anything: what type it has is for the workflow to see.
    return answers.has(order.operation) ? JSON.parse(JSON.stringify(answers.get(order.operation))) : result;
  };
  return { install: run, join: run, drain: run, reset: run };
}

async function runOperation(world: World, order: OrderEnvelope): Promise<OperationResult> {
  const { host } = world;
  const { operation, generation } = order;
  if (!host.journal.has(operation)) {
    const running = host.running.get(operation) ?? runEffect(world, order);
    host.running.set(operation, running);
    world.events.emit('change');
    await attach(world, operation, running);
  }
  const end = host.journal.get(operation);
  if (end !== 'Succeeded') throw end ?? new Error(`${operation} has not ended`);
  return { operation, generation, message: `${operation} done` };
}

/** As the agent: cancel stops the operation, and everything that goes wrong in between is the link's. */
async function attach(world: World, operation: string, running: Promise<void>): Promise<void> {
  const context = Context.current();
  const beating = setInterval(() => context.heartbeat(operation), 200);
  const stopped = context.cancelled.catch((error: unknown) => {
    if (context.cancellationDetails?.cancelRequested) world.host.stopped.push(operation);
    world.events.emit('change');
    throw error;
  });
  try {
    await Promise.race([running, stopped]);
  } finally {
    clearInterval(beating);
  }
}

async function runEffect(world: World, { verb, operation, generation }: OrderEnvelope): Promise<void> {
  const { host, state } = world;
  state.hostOperation = { operation, generation, state: 'Running' };
  await host.gates.get(operation);
  host.effects.push(operation);
  const failed = host.outcomes.get(operation);
  if (verb === 'install') host.installed = true;
  if (verb === 'join') noteJoin(world);
  if (verb === 'reset' && !failed) Object.assign(host, { installed: false, dirty: false });
  host.journal.set(operation, failed ?? 'Succeeded');
  state.hostOperation = { operation, generation, state: failed ? 'Failed' : 'Succeeded' };
}

function noteJoin({ host, violations, state }: World): void {
  if (!host.installed) violations.push('joined a host that is not installed');
  if (host.dirty) violations.push('joined over the remains of another bootstrap');
  if (!state.providerID) violations.push('joined before the providerID was set');
  host.dirty = true;
}
