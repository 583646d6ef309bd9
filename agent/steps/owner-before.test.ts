// What the owner of a machine has in the folders of a node: the machine is unfit for it, and whatever happens to a claim
// that gets there all the same, it stays as it is.
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Verb } from '../../api/steps.ts';
import { ByoError } from '../../common/errors.ts';
import { decideFindings } from '../inspect/decide-findings.ts';
import { gatherFacts } from '../inspect/gather-facts.ts';
import { createLife, listDeclaredSteps, makeLifeBundle, type ClaimLife, type Meddle } from '../testing/claim-life.ts';
import { ZONES } from '../zones/zones.ts';

const PATIENCE = 120_000;

/** One file in each zone, and one deeper, in a folder that a node fills as well. */
async function putOwners({ world }: ClaimLife): Promise<void> {
  for (const zone of ZONES) await world.host.put(`${zone}/owner's file`, `of the owner in ${zone}`);
  for (const path of ['/etc/kubernetes/pki', '/etc/kubernetes/manifests', '/var/lib/etcd/member', '/opt/cni/bin'])
    await world.host.put(`${path}/owner`, `of the owner in ${path}`);
}

test('each zone with a file in it makes the machine unfit, by name', async () => {
  const life = await createLife(await makeLifeBundle());
  const codes = async () => decideFindings(await gatherFacts(life.world.host, false)).map(({ code }) => code);
  expect(await codes()).not.toContain('ZoneNotEmpty');
  for (const zone of ZONES) {
    const copy = life.copy();
    await copy.world.host.put(`${zone}/deep/file`, 'x');
    const findings = decideFindings(await gatherFacts(copy.world.host, false));
    const named = findings.find(({ code }) => code === 'ZoneNotEmpty')?.message;
    expect(named).toContain(`${zone} (deep/file)`);
    expect(decideFindings(await gatherFacts(copy.world.host, true)).map(({ code }) => code)).not.toContain(
      'ZoneNotEmpty',
    );
    await copy.world.remove();
  }
  await life.world.remove();
});

/** Bootstrap data is erased from memory on every way out, whoever put it there. */
async function lookAtOwners(life: ClaimLife): Promise<Record<string, string>> {
  return Object.fromEntries(Object.entries(await life.look()).filter(([path]) => !path.startsWith('run/kubeadm')));
}

/** Fails for good at one step, when it has done its deed. */
function failAt(verb: Verb, name: string): Meddle {
  return (step, at) => {
    if (at !== verb || step.name !== name) return step;
    const act: typeof step.act = async (context, input) => {
      if (!(await step.look(context, input))) await step.act(context, input);
      throw new ByoError('StepFailed', 'planted', { remedy: 'none', retryable: false });
    };
    return { ...step, look: async () => false, act };
  };
}

test('after a life without fault the owner has what he had', async () => {
  const life = await createLife(await makeLifeBundle());
  await putOwners(life);
  const bare = await lookAtOwners(life);
  const agent = await life.start();
  for (const verb of ['install', 'join', 'drain', 'reset'] as const) await agent.carryOut(verb);
  expect(await lookAtOwners(life)).toEqual(bare);
  agent.journal.close();
  await life.world.remove();
});

test('a failure at any step, and its reset: the owner has what he had', { timeout: PATIENCE }, async () => {
  const bundle = await makeLifeBundle();
  const start = await createLife(bundle);
  await putOwners(start);
  const bare = await lookAtOwners(start);
  for (const { verb, step } of listDeclaredSteps().filter(({ verb: it }) => it === 'join' || it === 'reset')) {
    const life = start.copy();
    const agent = await life.start({ meddle: failAt(verb, step) });
    await agent.carryOut('install');
    if (verb === 'reset') await agent.carryOut('join');
    await expect(agent.carryOut(verb)).rejects.toMatchObject({ reason: 'StepFailed' });
    agent.kill();
    const next = await life.start();
    await next.carryOut('reset', { attempt: 1 });
    expect([verb, step, await lookAtOwners(life)]).toEqual([verb, step, bare]);
    next.journal.close();
    await life.world.remove();
  }
  await start.world.remove();
});

test('linked zones are emptied where they lead, and stay links', async () => {
  const life = await createLife(await makeLifeBundle());
  const { root } = life.world.host;
  await mkdir(join(root, 'data/lib'), { recursive: true });
  await mkdir(join(root, 'data/ctd'));
  await symlink('../../data/ctd', join(root, 'var/lib/containerd'));
  await symlink('../../data/lib', join(root, 'var/lib/kubelet'));
  const bare = await life.look();
  const agent = await life.start();
  for (const verb of ['install', 'join'] as const) await agent.carryOut(verb);
  await life.world.host.put('/data/lib/pods/a/x', 'of a pod');
  expect(await life.world.host.list('/data/ctd')).not.toEqual([]);
  await agent.carryOut('reset');
  expect(await life.look()).toEqual(bare);
  agent.journal.close();
  await life.world.remove();
});

test('a zone that was led elsewhere during the claim is not emptied there', async () => {
  const life = await createLife(await makeLifeBundle());
  const agent = await life.start();
  await agent.carryOut('install');
  await life.world.host.put('/srv/data/file', 'of the owner');
  await mkdir(join(life.world.host.root, 'var/lib'), { recursive: true });
  await symlink('/srv/data', join(life.world.host.root, 'var/lib/etcd'));
  const reset = agent.carryOut('reset');
  await expect.poll(() => agent.progress.at(-1)?.message).toMatch(/\/var\/lib\/etcd leads to \/srv\/data now/);
  expect(agent.progress.at(-1)?.reason).toBe('ResetBlocked');
  expect(await life.world.host.list('/srv/data')).toEqual(['file']);
  agent.kill();
  await expect(reset).rejects.toThrow('died');
  await life.world.remove();
});
