// Every step of every plan: fails for good, is done twice, is cut at every write of the journal. The steps are those that
// the plans declare, so that a new one is covered on the day it is written.
import { expect, test } from 'vitest';
import type { Verb } from '../../api/steps.ts';
import { ByoError } from '../../common/errors.ts';
import {
  createLife,
  listDeclaredSteps,
  makeLifeBundle,
  type ClaimLife,
  type LifeBundle,
  type LivingAgent,
  type Meddle,
} from '../testing/claim-life.ts';

const DECLARED = listDeclaredSteps();
/** In a life without failure these only look: the runner itself has ended what runs, the sentinel is there, the join has noted. */
const ONLY_LOOK = ['reset StopOperations', 'join CheckSentinel', 'reset NoteFolders', 'drain ReleaseEndpoint'];
const PATIENCE = 300_000;
const BEFORE_RESET = ['install', 'join', 'drain'] as const satisfies readonly Verb[];

type Tree = Record<string, string>;

/** A whole life without a fault: the machine before, the node, the machine after the reset, and what ran as units. */
async function liveUndisturbed(bundle: LifeBundle, meddle?: Meddle) {
  const life = await createLife(bundle);
  const bare = await life.look();
  const agent = await life.start(meddle && { meddle });
  for (const verb of BEFORE_RESET) await agent.carryOut(verb);
  const node = await life.look();
  await agent.carryOut('reset');
  const after = await life.look();
  const units = listBootstraps(life);
  await end(life, agent);
  return { bare, node, after, units };
}

/** What must run once a claim. */
const listBootstraps = ({ world }: ClaimLife): string[] =>
  world.host.started.map(({ unit }) => unit).filter((unit) => !unit.includes('kubeadm-reset'));

async function end({ world }: ClaimLife, { journal }: LivingAgent): Promise<void> {
  journal.close();
  await world.remove();
}

test('undisturbed, every declared step acts, and the machine is at last as it came', async () => {
  const acted: string[] = [];
  const note: Meddle = (step, verb) => ({
    ...step,
    act: async (context, input) => {
      acted.push(`${verb} ${step.name}`);
      await step.act(context, input);
    },
  });
  const { bare, node, after } = await liveUndisturbed(await makeLifeBundle(), note);
  expect(acted).toEqual(
    DECLARED.map(({ verb, step }) => `${verb} ${step}`).filter((step) => !ONLY_LOOK.includes(step)),
  );
  expect(node).not.toEqual(bare);
  expect(after).toEqual(bare);
});

const twice: Meddle = (step) => ({
  ...step,
  look: async (context, input) => (await step.look(context, input)) && step.look(context, input),
  act: async (context, input) => {
    await step.act(context, input);
    await step.act(context, input);
  },
});

test('every step looked at twice and done twice: the same node, the same machine after it, no unit twice', async () => {
  const bundle = await makeLifeBundle();
  expect(await liveUndisturbed(bundle, twice)).toEqual(await liveUndisturbed(bundle));
});

/** Fails for good at one step of one verb, when it has done its deed. */
function failAt(place: { verb: Verb; step: string }): Meddle {
  return (step, verb) => {
    if (verb !== place.verb || step.name !== place.step) return step;
    const act: typeof step.act = async (context, input) => {
      if (!(await step.look(context, input))) await step.act(context, input);
      throw new ByoError('StepFailed', 'planted', { remedy: 'none', retryable: false });
    };
    return { ...step, look: async () => false, act };
  };
}

/** The machine before each verb of a life, so that a failure there need not begin with the first install. */
async function liveUpToEach(bundle: LifeBundle): Promise<{ bare: Tree; before: Map<Verb, ClaimLife> }> {
  const life = await createLife(bundle);
  const bare = await life.look();
  const agent = await life.start();
  const before = new Map<Verb, ClaimLife>();
  for (const verb of BEFORE_RESET) {
    before.set(verb, life.copy());
    await agent.carryOut(verb);
  }
  before.set('reset', life.copy());
  await end(life, agent);
  return { bare, before };
}

/** As the workflow does: what fails is followed by a reset, a reset that fails by the next one. */
async function failThenReset(life: ClaimLife, place: { verb: Verb; step: string }): Promise<Tree> {
  const failing = await life.start({ meddle: failAt(place) });
  await expect(failing.carryOut(place.verb)).rejects.toMatchObject({ reason: 'StepFailed', retryable: false });
  failing.kill();
  const agent = await life.start();
  await agent.carryOut('reset', { attempt: 1 });
  const after = await life.look();
  if (place.step === DECLARED.at(-1)?.step) await agent.carryOut('install', { generation: 2 });
  await end(life, agent);
  return after;
}

test('a failure for good at any step: reset, and the machine is as it came', { timeout: PATIENCE }, async () => {
  const { bare, before } = await liveUpToEach(await makeLifeBundle());
  for (const place of DECLARED) {
    const life = before.get(place.verb)?.copy();
    expect([place, life && (await failThenReset(life, place))]).toEqual([place, bare]);
  }
  for (const { world } of before.values()) await world.remove();
});

type Death = { at: string; verb: Verb; life: ClaimLife };

/** One of each kind of write in each step; that every single one may be cut is shown of the ledger (agent/ledger/crash.test.ts). */
function createChoice(): (verb: Verb, point: string) => boolean {
  const seen = new Set<string>();
  let step = '';
  return (verb, point) => {
    step = /^after intend (.*)/.exec(point)?.[1] ?? step;
    const place = `${verb} ${step} ${point}`;
    const isNew = !seen.has(place);
    seen.add(place);
    return isNew;
  };
}

/** A whole life, and before and after each kind of write of each step a copy of everything, as if the power had gone there. */
async function liveAndCopy(bundle: LifeBundle): Promise<{ deaths: Death[]; ends: Map<Verb, Tree>; units: string[] }> {
  const life = await createLife(bundle);
  const deaths: Death[] = [];
  const ends = new Map<Verb, Tree>();
  let verb: Verb = 'install';
  const isChosen = createChoice();
  const onPoint = (at: string): void => {
    if (isChosen(verb, at)) deaths.push({ at, verb, life: life.copy() });
  };
  const agent = await life.start({ onPoint });
  for (verb of [...BEFORE_RESET, 'reset'] as const) {
    await agent.carryOut(verb);
    ends.set(verb, await life.look());
  }
  await end(life, agent);
  return { deaths, ends, units: listBootstraps(life) };
}

/** What the next agent makes of it: how the operation that was cut ends, and a reset after it. */
async function liveOn({ life, verb }: Death): Promise<{ end: Tree; after: Tree; bootstraps: string[] }> {
  const agent = await life.start();
  await agent.carryOut(verb);
  const reached = await life.look();
  if (verb !== 'reset') await agent.carryOut('reset');
  const after = await life.look();
  await end(life, agent);
  return { end: reached, after, bootstraps: listBootstraps(life) };
}

test(
  'killed before or after a write of any step: the same end, the same machine after it, no unit twice',
  async () => {
    const { deaths, ends, units } = await liveAndCopy(await makeLifeBundle());
    for (const death of deaths) {
      const bootstraps = death.verb === 'install' ? [] : units;
      const wanted = { end: ends.get(death.verb), after: ends.get('reset'), bootstraps };
      expect([death.at, await liveOn(death)]).toEqual([death.at, wanted]);
    }
    expect(deaths.length).toBeGreaterThan(4 * DECLARED.length);
  },
  PATIENCE,
);
