// Every cluster activity, called by hand in every phase of a machine's life where it has no business: nothing on ByoHost,
// Node or ByoMachine changes, and no order is sealed. Where it has, it does what it is for.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClusterActivities } from '../../../activities/cluster/index.ts';
import { BYO_HOSTS, BYO_MACHINES, NODES } from '../../../common/kube/resources.ts';
import { createKeyPair } from '../../../common/keys/sealing.ts';
import type { ClusterActivities } from '../../../api/activities.ts';
import { CALLS, type Call } from './by-hand.ts';
import { admin, ours, prepareServer } from './fixtures.ts';
import { makePhase, type Scene } from './phase-objects.ts';
import { PHASES } from './phases.ts';

let activities: ClusterActivities;
const nodes: string[] = [];
beforeAll(async () => {
  await prepareServer();
  const signingKey = await createKeyPair('signing');
  activities = createClusterActivities({ kube: ours(), signingKey, management: 'test', patienceMs: 0 });
});
afterAll(async () => {
  for (const name of nodes) await admin.delete(NODES, { name });
});

/** All that an activity could change, but times and what is merely told. */
async function read({ namespace, node }: Scene) {
  const host = await admin.get(BYO_HOSTS, { namespace, name: 'h' });
  const machine = await admin.find(BYO_MACHINES, { namespace, name: 'm' });
  const { labels, annotations, finalizers, deletionTimestamp } = host.metadata;
  return {
    host: [host.spec, labels, annotations, finalizers, deletionTimestamp],
    machine: machine && [machine.spec, machine.status, machine.metadata.annotations, machine.metadata.finalizers],
    node: (await admin.find(NODES, { name: node }))?.metadata.uid,
  };
}

const ended = async ({ run }: Call, { asked }: Scene): Promise<unknown> =>
  run(activities, asked).catch((error: unknown) => ({ refused: error }));

const isOrder = (answer: unknown): boolean => typeof answer === 'object' && answer !== null && 'order' in answer;
const isRefusal = (answer: unknown): boolean => typeof answer === 'object' && answer !== null && 'refused' in answer;

test.each(Object.keys(PHASES))(
  'by hand, %s: what is not the workflow’s business then changes nothing',
  async (name) => {
    const phase = PHASES[name] ?? { may: [] };
    const scene = await makePhase(phase);
    nodes.push(scene.node);
    const before = await read(scene);
    for (const call of CALLS.filter((one) => !phase.may.includes(one.name))) {
      const answer = await ended(call, scene);
      expect([call.name, isOrder(answer)]).toEqual([call.name, false]);
      expect([call.name, await read(scene)]).toEqual([call.name, before]);
    }
  },
);

test.each(Object.keys(PHASES))('by hand, %s: what is the workflow’s business then is done', async (name) => {
  const phase = PHASES[name] ?? { may: [] };
  const scene = await makePhase(phase);
  nodes.push(scene.node);
  for (const call of CALLS.filter((one) => phase.may.includes(one.name))) {
    const answer = await ended(call, scene);
    expect([call.name, isRefusal(answer) && answer]).toEqual([call.name, false]);
    expect([call.name, isOrder(answer)]).toEqual([call.name, call.name.startsWith('sealOrder')]);
  }
  const { node } = await read(scene);
  expect(node === undefined).toBe(phase.may.includes('deleteNode'));
});
