// What a machine's way costs Temporal: activities, events and bytes, counted in real histories. Progress of a host is not among
// them, and what stands and waits adds hardly anything.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRun, sumOf, type Figures } from '../../../demo/figures.ts';
import { providerIdOf } from '../../../api/names.ts';
import { createKeyPair, sealPacked } from '../../../common/keys/sealing.ts';
import { makeControlPlaneDocument } from '../../support/control-plane-document.ts';
import { resultOf } from '../../support/result-of.ts';
import { openBench, type Bench, type TestMachine } from './bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => bench.close());

const JOINED = 'BootstrapSucceeded=True/BootstrapSucceeded';
const looks = ({ calls }: TestMachine['world']) => calls.filter((call) => call === 'observeMachine').length;
const atRest = ({ state }: TestMachine['world']): boolean => !state.moveBlocked;

/** Every run of the machine so far, from the first. */
async function costOf({ handle: { workflowId } }: TestMachine, firstRun: string): Promise<Figures> {
  const { client } = bench;
  let figures = await readRun(client, workflowId, firstRun);
  for (let runId = firstRun; ;) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const next = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    if (!next) return figures;
    figures = sumOf(figures, await readRun(client, workflowId, next));
    runId = next;
  }
}

/** As a worker of a new cluster: installed long before its bootstrap data is there. */
async function becomeReady(name: string): Promise<{ machine: TestMachine; firstRun: string }> {
  const machine = bench.addMachine(name);
  await sealAsForControlPlane(machine);
  machine.world.state.bootstrapGate = { reason: 'WaitingForBootstrapData', message: 'no Secret yet' };
  const firstRun = await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=Unknown/WaitingForBootstrapData');
  await machine.until('at rest', atRest);
  await machine.change((state) => delete state.bootstrapGate);
  await machine.untilCondition(JOINED);
  return { machine, firstRun };
}

const bundle = {
  source: 'oci://registry.example.org/kubernetes/bundle',
  mirrors: ['gateway:///bundle'],
  digest: `sha256:${'5e'.repeat(32)}`,
};

/** Orders as large as those of a first control plane. */
async function sealAsForControlPlane({ world: { machine, hostID, seals } }: TestMachine): Promise<void> {
  const [signing, host] = await Promise.all([createKeyPair('signing'), createKeyPair('sealing')]);
  const keys = { signing: signing.privateJwk, recipient: host.publicJwk };
  const named = { hostID, incarnation: machine.incarnation, generation: 7, issuedAt: 1_800_000_000 };
  const document = Buffer.from(await makeControlPlaneDocument()).toString('base64');
  const providerId = providerIdOf(hostID, 7);
  const metadata = { instanceId: 'counted-7', providerId };
  const install = { version: 'v1.36.3', bundle, providerID: providerId };
  const join = { format: 'cloud-config', document, metadata };
  seals.set(
    'install',
    await sealPacked({ verb: 'install', operation: 'install/v1.36.3', ...named, arguments: install }, keys),
  );
  seals.set('join', await sealPacked({ verb: 'join', operation: 'join', ...named, arguments: join }, keys));
}

const less = (figures: Figures, than: Figures): Figures => ({
  activities: figures.activities - than.activities,
  events: figures.events - than.events,
  historyBytes: figures.historyBytes - than.historyBytes,
});

test('a control plane’s way to Ready: at most 12 activities, 80 events, 40 kB; the way back: at most 10 activities', async () => {
  const { machine, firstRun } = await becomeReady('counted');
  const ready = await costOf(machine, firstRun);
  await machine.change((state) => (state.deleting = true));
  await resultOf(machine.handle);
  const back = less(await costOf(machine, firstRun), ready);
  const { activities, events, historyBytes } = ready;
  const told = JSON.stringify({ ready, back });
  expect([told, activities <= 12, events <= 80, historyBytes <= 40_000]).toEqual([told, true, true, true]);
  expect([told, back.activities <= 10]).toEqual([told, true]);
});

test('steps of the host reach no history, however many', async () => {
  const machine = bench.addMachine('stepping');
  const gate = Promise.withResolvers<void>();
  machine.world.host.gates.set('install/v1.36.3', gate.promise);
  const firstRun = await machine.lookAgain();
  await machine.until('installing', ({ host }) => host.running.has('install/v1.36.3'));
  const before = await costOf(machine, firstRun);
  await machine.lookAgain();
  await machine.until('looked', (world) => looks(world) === 2);
  gate.resolve();
  await machine.untilCondition(JOINED);
  // One word, one look; no condition is written of it.
  expect(before.activities).toBe(4);
  expect(machine.world.calls.filter((call) => call === 'reportConditions')).toHaveLength(1);
});
