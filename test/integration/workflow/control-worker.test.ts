// The control worker where Temporal is not as it should be: without its namespace, refusing operator calls, without the
// search attributes. The controller goes on by itself, and says what is wrong.
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WORKFLOW_TYPE, controlQueueOf, workflowIdOf } from '../../../api/names.ts';
import { createLogger, type Logger } from '../../../common/log.ts';
import { runControlWorker } from '../../../controller/temporal/control-worker.ts';
import { Metrics } from '../../../controller/runtime/metrics.ts';
import { startTemporalProxy } from '../../support/temporal-proxy.ts';
import { createFakeCluster } from './fake-cluster.ts';
import { createWorld, until, type World } from './world.ts';

const address = process.env['BYO_TEST_TEMPORAL'] ?? '';
let connection: Connection;

Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
beforeAll(async () => {
  connection = await Connection.connect({ address });
});
afterAll(async () => connection.close());

type Run = {
  world: World;
  /** Everything that it warned of. */
  said: string[];
  heard: (what: RegExp) => Promise<void>;
  metrics: Metrics;
  /** How often every workflow was to be told again. */
  forgotten: () => number;
  start: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/** A log that remembers what was warned of. */
function listen(world: World): { log: Logger; said: string[] } {
  const said: string[] = [];
  const log = createLogger('test', 'silent');
  const hear = (fields: unknown, text?: string): void => {
    said.push(`${text} ${JSON.stringify(fields)}`);
    world.events.emit('change');
  };
  return { log: Object.assign(log, { warn: hear, error: hear }), said };
}

const nothing = (): void => undefined;

/** Runs the controller's worker in that namespace, with one machine that waits for its owner. */
function run(namespace: string, at = address): Run {
  const machine = { management: randomUUID(), namespace: 'default', name: 'm', incarnation: randomUUID() };
  const { management } = machine;
  const world = createWorld(machine, randomUUID());
  world.state.claimGate = { reason: 'WaitingForOwnerMachine', message: 'no owner yet' };
  const stopping = new AbortController();
  const { log, said } = listen(world);
  const metrics = new Metrics();
  const activities = createFakeCluster(() => world);
  const readLink = () => ({ address: at, namespace, options: {} });
  const settings = { readLink, management, activities, metrics, log, signal: stopping.signal };
  let forgotten = 0;
  const told = { onForgotten: () => void (forgotten += 1), onStuck: async () => undefined, onEnded: nothing };
  const running = runControlWorker({ ...settings, ...told });
  const start = { workflowId: workflowIdOf(machine), taskQueue: controlQueueOf(management), args: [{ machine }] };
  return {
    world,
    said,
    metrics,
    forgotten: () => forgotten,
    heard: async (what) => until(world, `heard ${what}`, () => said.some((line) => what.test(line))),
    start: async () => {
      await new Client({ connection, namespace }).workflow.start(WORKFLOW_TYPE, start);
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function register(namespace: string): Promise<void> {
  const workflowExecutionRetentionPeriod = msToTs('1 day');
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
}

const refusing = (code: number) => (method: string) => (method.includes('operatorservice') ? code : undefined);
const refuseRegistering = (method: string) => (method.endsWith('/RegisterNamespace') ? 7 : undefined);
const waits = ({ conditions }: World): boolean => conditions.get('HostClaimed')?.reason === 'WaitingForOwnerMachine';

async function expectWork(controller: Run): Promise<void> {
  await controller.heard(/do not show yet/);
  await controller.start();
  await until(controller.world, 'told', waits);
  const text = await controller.metrics.text();
  expect(text).toContain('byo_temporal_worker_polls 1');
  expect(text).toContain('byo_temporal_search_attributes 1');
}

test('a namespace that is not there is made, and every workflow told again', async () => {
  const namespace = `own-${randomUUID()}`;
  await using controller = run(namespace);
  await expectWork(controller);
  expect(controller.forgotten()).toBe(1);
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 3600);
});

test('a namespace that may not be made is waited for, with the command for whoever may', async () => {
  const namespace = `late-${randomUUID()}`;
  const proxy = await startTemporalProxy({ upstream: address, refuse: refuseRegistering });
  try {
    await using controller = run(namespace, proxy.address);
    await controller.heard(new RegExp(`is not found.*temporal operator namespace create --namespace ${namespace}`));
    expect(await controller.metrics.text()).toContain('byo_temporal_worker_polls 0');
    await register(namespace);
    await expectWork(controller);
    expect(controller.forgotten()).toBe(0);
  } finally {
    await proxy.close();
  }
});

test.each([
  ['denied', 7],
  ['unimplemented', 12],
])('operator calls that are %s: machines go on without search attributes, and one word says so', async (_, code) => {
  const namespace = `strict-${randomUUID()}`;
  await register(namespace);
  const proxy = await startTemporalProxy({ upstream: address, refuse: refusing(code) });
  try {
    await using controller = run(namespace, proxy.address);
    await controller.heard(/refuses our search attributes.*temporal operator search-attribute create/);
    await controller.start();
    await until(controller.world, 'told', waits);
    expect(await controller.metrics.text()).toContain('byo_temporal_search_attributes 0');
    expect(controller.said).toHaveLength(1);
  } finally {
    await proxy.close();
  }
});

test('attributes that somebody else has registered are used, also where operator calls are denied', async () => {
  const proxy = await startTemporalProxy({ upstream: address, refuse: refusing(7) });
  try {
    await using controller = run('default', proxy.address);
    const { world, metrics } = controller;
    await controller.start();
    await until(world, 'told', waits);
    expect(await metrics.text()).toContain('byo_temporal_search_attributes 1');
    const handle = new Client({ connection }).workflow.getHandle(workflowIdOf(world.machine));
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.getAll().map(({ key }) => key.name)).toContain('ByoPhase');
  } finally {
    await proxy.close();
  }
});
