// Links cut for ten minutes at install, join and reset: what is ordered goes on, and what needs the link waits for it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../../lab/wait.ts';
import { cutLong, putLink, takeLink, tellSince, waitForBytes, type Linked } from './bad-link.ts';
import { openBench } from './bench.ts';
import { ENDED, HOLD } from './edit-manifests.ts';
import { emptyStore, sizeOfStore } from './host-store.ts';
import { waitForMachineCondition } from './machine.ts';
import { waitForStep } from './moments.ts';
import {
  applyOneNode,
  countKubeadm,
  deleteOneNode,
  requestDeletion,
  say,
  waitForNode,
  waitUntilFree,
} from './one-node.ts';

/** Twice as long as it should take, with cuts of ten minutes. */
const timeout = 30 * 60_000;
type Counted = Awaited<ReturnType<typeof countKubeadm>>;
let first: Linked;
let second: Linked;

beforeAll(async () => {
  first = await putLink(await openBench('host1'));
  second = await putLink(await openBench('host2'));
}, 300_000);

afterAll(async () => {
  await first.host.exec(['rm', '-f', HOLD]);
  for (const linked of [first, second]) await takeLink(linked);
}, 300_000);

async function waitOnHost({ host }: Linked, what: string, script: string): Promise<void> {
  const probe = async (): Promise<string | undefined> => {
    const { exitCode, stdout, stderr } = await host.exec(['sh', '-c', script]);
    return exitCode === 0 ? undefined : stdout || stderr || 'not yet';
  };
  await waitFor(`${what} on ${host.name}`, probe, { timeoutMs: 400_000, everyMs: 250 });
}

test('ten minutes at install and at join', { timeout }, async () => {
  expect(await Promise.all([cutAtInstall(), cutAtJoin()])).toEqual([
    { began: 1, succeeded: 1 },
    { began: 1, succeeded: 1 },
  ]);
});

/** In the middle of the bundle, which comes through the gateway: only the link can bring the rest. */
async function cutAtInstall(): Promise<Counted> {
  await emptyStore(first.host);
  await first.link.shape({ kbitPerSecond: 80_000, queueBytes: 1_000_000 });
  const start = (await first.link.stats()).down.counts.bytes;
  await applyOneNode(first, { name: 'cut-install', repo: 'gateway:///' });
  await waitForStep(first, 'install', 'FetchBundle');
  await waitForBytes(first, 60_000_000);
  const healed = await cutLong(first, { cluster: 'cut-install', condition: 'HostPrepared' });
  await waitForBytes(first, 1_000_000);
  tellSince(healed, 'from heal to the next million bytes of the bundle');
  await waitForMachineCondition(first, 'cut-install', 'HostPrepared', 'Prepared');
  tellSince(healed, 'from heal to an installed host');
  const bytes = (await first.link.stats()).down.counts.bytes - start;
  const whole = await sizeOfStore(first.host);
  say(`  ${bytes} bytes to the host in all, for a bundle of ${whole}`);
  // Headers of IP and TCP are 4 %, TLS less than 1 %; what was under way at the cut is sent twice.
  expect(bytes).toBeLessThan(1.1 * whole);
  expect((await waitForNode(first, 'cut-install')).host).toBe(first.host.name);
  return countKubeadm(first, 'cut-install');
}

/** While the unit of kubeadm is active: the host ends by itself what it was ordered. */
async function cutAtJoin(): Promise<Counted> {
  await second.host.exec(['touch', HOLD]);
  await applyOneNode(second, { name: 'cut-join', repo: 'gateway:///' });
  await waitForStep(second, 'join', 'RunBootstrapCommands');
  const meanwhile = async (): Promise<void> => {
    await second.host.exec(['rm', HOLD]);
    await waitOnHost(second, 'kubeadm done', `grep -qx cut-join ${ENDED}`);
  };
  const healed = await cutLong(second, { cluster: 'cut-join', condition: 'BootstrapSucceeded', meanwhile });
  await waitForMachineCondition(second, 'cut-join', 'BootstrapSucceeded', 'BootstrapSucceeded');
  tellSince(healed, 'from heal to BootstrapSucceeded');
  expect((await waitForNode(second, 'cut-join')).host).toBe(second.host.name);
  return countKubeadm(second, 'cut-join');
}

test('ten minutes at reset', { timeout }, async () => {
  await requestDeletion(first, 'cut-install');
  await waitForStep(first, 'reset');
  const healed = await cutLong(first, {
    cluster: 'cut-install',
    condition: 'HostReset',
    meanwhile: () =>
      waitOnHost(
        first,
        'the node gone',
        'test ! -e /etc/kubernetes/manifests && test ! -e /etc/systemd/system/kubelet.service',
      ),
  });
  await waitUntilFree(first, 'cut-install');
  tellSince(healed, 'from heal to a free host');
  expect(await countKubeadm(first, 'cut-install')).toEqual({ began: 1, succeeded: 1 });
  await deleteOneNode(second, 'cut-join');
});
