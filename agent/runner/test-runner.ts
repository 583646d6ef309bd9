// For tests: a runner over a fake host and a real journal, which can die at any write and come back.
import { cpSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationProgress } from '../../api/report/reported-host.ts';
import { createLogger } from '../../common/log.ts';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import type { Claim } from '../journal/claims.ts';
import { openJournal, type Journal } from '../journal/journal.ts';
import type { OnPoint } from '../journal/store.ts';
import type { Pace } from './keep-trying.ts';
import { createRunner, type Runner } from './runner.ts';
import type { PlansByVerb } from './step.ts';
import type { OperationKey } from '../journal/operation-key.ts';
import type { OperationPlan, Step } from './step.ts';

const claim = { incarnation: 'a', generation: 1 };
export const installKey: OperationKey = { ...claim, operation: 'install/v1.36.3' };
export const joinKey: OperationKey = { ...claim, operation: 'join' };
export const resetKey: OperationKey = { ...claim, operation: 'reset' };

export type TestAgent = {
  journal: Journal;
  runner: Runner;
  progress: OperationProgress[];
  waits: number[];
  /** Nothing of this agent writes or goes on after this. */
  kill(): void;
};

type StartOptions = {
  onPoint?: OnPoint;
  prepareClaim?: (claim: Claim, journal: Journal) => Promise<void>;
  awaySeconds?: () => number;
};

export type TestWorld = {
  host: FakeHost;
  folder: string;
  /** A new agent over the same host and journal; the one before must be closed or killed. */
  start(options?: StartOptions): TestAgent;
  /** What a power loss at this moment would leave of machine and journal; synchronous, so that nothing goes on meanwhile. */
  copy(): TestWorld;
  remove(): Promise<void>;
};

export async function createTestWorld(): Promise<TestWorld> {
  return assemble(await createFakeHost(), mkdtempSync(join(tmpdir(), 'byo-runner-')));
}

function assemble(host: FakeHost, folder: string): TestWorld {
  return {
    host,
    folder,
    copy() {
      const target = mkdtempSync(join(tmpdir(), 'byo-runner-'));
      cpSync(folder, target, { recursive: true });
      return assemble(host.copy(), target);
    },
    start: (options = {}) => startAgent(host, folder, options),
    async remove() {
      await host.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Alive until a point throws or it is killed; then it writes and waits no more. */
function createLife(onPoint: OnPoint): { onPoint: OnPoint; wait: Pace['wait']; end(): void } {
  let dead = false;
  const live = (): void => {
    if (dead) throw new Error('died');
  };
  return {
    onPoint(point) {
      live();
      dead = true;
      onPoint(point);
      dead = false;
    },
    async wait(_milliseconds, signal) {
      // Others go on, as they would in a second.
      await new Promise((resolve) => setImmediate(resolve));
      live();
      signal.throwIfAborted();
    },
    end: () => {
      dead = true;
    },
  };
}

function startAgent(host: FakeHost, folder: string, options: StartOptions): TestAgent {
  const { onPoint, prepareClaim, awaySeconds } = options;
  const life = createLife(onPoint ?? (() => undefined));
  const journal = openJournal(join(folder, 'journal.db'), { onPoint: life.onPoint });
  const progress: OperationProgress[] = [];
  const waits: number[] = [];
  const wait: Pace['wait'] = (milliseconds, signal) => {
    waits.push(milliseconds);
    return life.wait(milliseconds, signal);
  };
  const runner = createRunner({
    journal,
    host,
    log: createLogger('test', 'silent'),
    onProgress: (it) => progress.push(it),
    runDir: join(host.root, 'run/byo-agent'),
    pace: { random: () => 0, wait },
    ...(awaySeconds && { awaySeconds }),
    ...(prepareClaim && { prepareClaim: (it: Claim) => prepareClaim(it, journal) }),
  });
  const kill = (): void => {
    life.end();
    journal.close();
  };
  return { journal, runner, progress, waits, kill };
}

/** A step that makes one file and counts how often it did. */
export function makeFile(name: Step<unknown>['name'], effects: string[]): Step<unknown> {
  return {
    name,
    look: async ({ host }) => (await host.stat(`/effects/${name}`)) !== undefined,
    act: async ({ ledger }) => {
      await ledger.writeFile(`/effects/${name}`, name, { mode: 0o644 });
      effects.push(name);
    },
  };
}

/** A step that runs a unit once. */
export function runUnitStep(name: Step<unknown>['name'], unit: string): Step<unknown> {
  return {
    name,
    look: async ({ host }) => {
      const state = await host.lookUnit(unit);
      return state !== undefined && state !== 'running' && state.ended;
    },
    act: async ({ host, signal }) => {
      await host.runUnit({ unit, script: '#!/bin/sh\n' }, signal);
    },
  };
}

/** Plans for every verb; tests name those they care for. */
export function plansWith(plans: { [Verb in keyof PlansByVerb]?: OperationPlan<unknown> }): PlansByVerb {
  const none = { steps: [] };
  return { install: none, join: none, drain: none, reset: none, ...plans };
}

export const installInput = { version: 'v1.36.3', bundle: { source: 'file:///bundle' }, providerID: 'byoh://host/1' };
export const joinInput = {
  format: 'cloud-config',
  document: 'U0VDUkVULVRPS0VO',
  metadata: { instanceId: 'i', providerId: 'byoh://host/1' },
};
