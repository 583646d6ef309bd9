// Lives of a claim on a real machine: every declared step is cut between its deed and its result, steps fail for good, and
// the host loses its memory. What comes of it is what comes of an undisturbed life, or a host that stands aside and asks.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listDeclaredSteps } from '../../../agent/testing/claim-life.ts';
import type { Verb } from '../../../api/steps.ts';
import { takeSnapshot, type HostSnapshot } from '../../../harness/host-snapshot.ts';
import { kubectlOf } from '../../../harness/kubectl.ts';
import { giveOrder, openAgentWorld, waitForReport, type AgentWorld } from './agent-world.ts';
import { runOn } from './run-on.ts';
import { plantFaults, prepareFaults, takeFaults } from './planted-faults.ts';
import { carryOut, differencesTo, lifeOf, resetHost } from './step-lives.ts';

const stepsOf = (wanted: Verb): string[] =>
  listDeclaredSteps().flatMap(({ verb, step }) => (verb === wanted ? [step] : []));

let world: AgentWorld;
/** The host before its first claim, and as a node after an undisturbed install and join. */
let bare: HostSnapshot;
let node: HostSnapshot;

beforeAll(async () => {
  world = await openAgentWorld({ light: true });
  await prepareFaults(world.host);
  bare = await takeSnapshot(world.host);
});

afterAll(() => world.close());

const run = (command: string): Promise<string> => runOn(world.host, command);
const IMAGES = 'ctr --namespace k8s.io images list --quiet';

test('undisturbed, a life ends where it began', async () => {
  const life = lifeOf(world, 1);
  await carryOut(world, life.install);
  await carryOut(world, life.join);
  expect(await run(`cat /etc/kubernetes/runs; ${IMAGES}`)).toMatch(/^boot\nrun\n\S+pause:\S+/);
  node = await takeSnapshot(world.host);
  await resetHost(world, life.reset());
  expect(await differencesTo(world, bare, 'host')).toEqual([]);
});

test('every step and every undo is done twice, each by an agent of its own: the same node, the same clean host', async () => {
  const life = lifeOf(world, 2);
  await plantFaults(world.host, { fault: 'kill', places: /^(finish|undone) / });
  await carryOut(world, life.install);
  await carryOut(world, life.join);
  expect(await differencesTo(world, node, 'node')).toEqual([]);
  expect(await run(`cat /etc/kubernetes/runs; ${IMAGES}`)).toMatch(/^boot\nrun\n\S+pause:\S+/);
  await resetHost(world, life.reset());
  expect(await differencesTo(world, bare, 'host')).toEqual([]);
  const struck = await takeFaults(world.host);
  const steps = struck.filter((place) => place.startsWith('finish ')).map((place) => place.split(' ').at(-1));
  expect(steps).toEqual([...stepsOf('install'), ...stepsOf('join'), ...stepsOf('reset')]);
  process.stdout.write(`  the agent was killed ${struck.length} times, at ${steps.length} steps\n`);
  expect(struck.length - steps.length).toBeGreaterThan(20);
});

test('a reset that fails for good at each of its steps in turn: the next one goes on, and the last finds nothing left', async () => {
  const life = lifeOf(world, 3);
  await carryOut(world, life.install);
  await carryOut(world, life.join);
  for (const [attempt, step] of stepsOf('reset').entries()) {
    await plantFaults(world.host, { fault: 'fail', places: new RegExp(`^finish reset.* ${step}$`) });
    await expect(carryOut(world, life.reset(attempt))).rejects.toMatchObject({ cause: { type: 'StepFailed' } });
  }
  expect(await takeFaults(world.host)).toHaveLength(1);
  await resetHost(world, life.reset(stepsOf('reset').length));
  expect(await differencesTo(world, bare, 'host')).toEqual([]);
});

test('an install that fails for good at its last step, and a join at its last: reset, and the host is clean', async () => {
  for (const [at, verb] of (['install', 'join'] as const).entries()) {
    const life = lifeOf(world, 4 + at);
    if (verb === 'join') await carryOut(world, life.install);
    const last = stepsOf(verb).at(-1);
    await plantFaults(world.host, { fault: 'fail', places: new RegExp(`^finish ${verb}.* ${last}$`) });
    await expect(carryOut(world, life[verb])).rejects.toMatchObject({ cause: { type: 'StepFailed' } });
    expect(await takeFaults(world.host)).toHaveLength(1);
    await resetHost(world, life.reset());
    expect(await differencesTo(world, bare, 'host')).toEqual([]);
  }
});

const WRONG = '/etc/containerd/conf.d/99-wrong.toml';
const NO_SUCH_SNAPSHOTTER = `version = 3\n[plugins."io.containerd.cri.v1.images"]\nsnapshotter = "nonesuch"\n`;

test('a containerd that comes up without its CRI plugin holds the install up, names the cause, and is started again', async () => {
  const life = lifeOf(world, 6);
  await run(`printf '${NO_SUCH_SNAPSHOTTER}' > ${WRONG}`);
  const { result } = await giveOrder(world, life.install);
  const why = /containerd runs without its CRI plugin: .*nonesuch/;
  await waitForReport(world, ({ operation }) => why.test(operation?.message ?? ''));
  await run(`rm ${WRONG}`);
  await result;
  await resetHost(world, life.reset());
  expect(await differencesTo(world, bare, 'host')).toEqual([]);
});

const STATE = '/var/lib/byo-agent';
const JOURNAL = `${STATE}/journal.sqlite`;
/** The head of the first page after the schema's. */
const BEND = `printf bent-bent-bent | dd of=${JOURNAL} bs=1 seek=4096 conv=notrunc`;
/** With the agent stopped, and started again after it. */
const withoutAgent = (script: string) => run(`set -e; systemctl stop byo-agent; ${script}; systemctl start byo-agent`);

/** The host stands aside, the cluster says so and why, and no order is obeyed. */
async function expectDistrust(why: RegExp): Promise<void> {
  const { quarantine } = await waitForReport(world, (report) => why.test(report.quarantine?.message ?? ''));
  expect(quarantine?.reason).toBe('JournalDamaged');
  const path = ['get', 'byohost', world.host.name, '-o', 'jsonpath={.status.conditions[?(@.type=="Quarantined")]}'];
  const quarantined = () => kubectlOf(world.instance).run(path);
  await expect.poll(quarantined, { timeout: 30_000 }).toMatch(/restart byo-agent.*"reason":"JournalDamaged"/);
  await expect(carryOut(world, lifeOf(world, 7).reset())).rejects.toMatchObject({ cause: { type: 'JournalDamaged' } });
}

test('a journal that is put back, bent or gone is not believed, what runs goes on, and the right one is taken again', async () => {
  const life = lifeOf(world, 7);
  await carryOut(world, life.install);
  await withoutAgent(`mkdir /run/old /run/right; cp -p ${JOURNAL}* /run/old; rm -f /run/old/*.witness`);
  await carryOut(world, life.join);
  const before = await run('systemctl show -p MainPID --value containerd');
  await withoutAgent(`cp -p ${JOURNAL}* /run/right; rm -f ${JOURNAL} ${JOURNAL}-*; cp -p /run/old/* ${STATE}`);
  await expectDistrust(/put back to an older state/);
  await withoutAgent(`rm ${JOURNAL}*; cp -p /run/right/* ${STATE}; rm -f ${JOURNAL}-*; ${BEND}`);
  await expectDistrust(/cannot be trusted: (its pages are corrupt|it is not readable)/);
  await withoutAgent(`rm ${JOURNAL}*`);
  await expectDistrust(/it is gone, while this host bears traces of a claim: \/etc\/modules-load\.d\/byo\.conf/);
  expect(await run('systemctl show -p MainPID --value containerd')).toBe(before);
  await withoutAgent(`rm -f ${JOURNAL}*; cp -p /run/right/* ${STATE}; rm ${JOURNAL}.witness`);
  await waitForReport(world, ({ quarantine, openClaim }) => quarantine === undefined && openClaim?.generation === 7);
  expect(await run(`cat ${JOURNAL}.witness | wc -c; cat /etc/kubernetes/runs`)).toMatch(/^[1-9]\d+\nboot\nrun$/);
});

/** The commands that docs/agent.md gives to a person. */
async function readWayOut(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../../docs/agent.md'), 'utf8');
  return /```sh\n([^`]*journal\.sqlite[^`]*)```/.exec(text)?.[1] ?? '';
}

test('without any journal the way out of the documentation leads to a host that proves itself clean', async () => {
  await withoutAgent(`rm ${JOURNAL}*`);
  await expectDistrust(/traces of a claim/);
  await run(`${await readWayOut()}\nsed -i '/a node of a cluster/d' /etc/issue`);
  // As a reboot would: these settings are what the kernel had.
  const settings = Object.entries(bare.sysctl ?? {}).filter(([name]) =>
    /^net\.(ipv4\.ip_forward$|bridge\.)/.test(name),
  );
  await run(settings.map(([name, value]) => `sysctl -qw ${name}=${value}`).join('; '));
  expect((await waitForReport(world, ({ quarantine }) => quarantine === undefined)).findings).toEqual([]);
  await resetHost(world, lifeOf(world, 7).reset(1));
  await carryOut(world, lifeOf(world, 8).install);
  await resetHost(world, lifeOf(world, 8).reset());
  // Of folders that stood empty when the journal began anew nobody can say any more whose they were.
  const left = ['/etc/cni', '/opt/containerd', '/opt/containerd/bin', '/opt/containerd/lib'];
  const differences = await differencesTo(world, bare, 'host');
  expect(differences.filter((one) => !left.some((path) => one.startsWith(`file ${path} came (d`)))).toEqual([]);
});
