// Changes of the running kernel: sysctls, modules, swap.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ByoError, printable } from '../../common/errors.ts';
import { kernelNameOf, listLoadedModules } from '../linux/kernel-modules.ts';
import { readSwaps } from '../linux/swaps.ts';
import { normalizeSysctl, readSysctl, sysctlPath } from '../linux/sysctl.ts';
import type { Change } from '../journal/changes.ts';
import { oldOf, recordOnce, type LedgerScope, type Problem } from './change.ts';

const OldSysctl = z.object({ value: z.string() });
const OldSwap = z.object({ priority: z.int() });

/** @throws ByoError `StepFailed` (retryable) when the kernel does not know it or keeps another value */
export async function setSysctl(scope: LedgerScope, name: string, value: string): Promise<void> {
  const old = await readSysctl(scope.host, name);
  if (old === undefined) throw sysctlFailed(name, 'the kernel does not know it', 'Load the module that it belongs to');
  if (old === normalizeSysctl(value)) return;
  await recordOnce(scope, { kind: 'sysctl', target: name }, async () => ({ old: { value: old } }));
  await writeFile(join(scope.root, sysctlPath(name)), `${value}\n`);
  const now = await readSysctl(scope.host, name);
  if (now !== normalizeSysctl(value))
    throw sysctlFailed(name, `it stays ${printable(now ?? '', 64)}`, 'See what else sets it');
}

export async function undoSysctl(scope: LedgerScope, change: Change): Promise<Problem> {
  const { value } = oldOf(OldSysctl, change);
  const now = await readSysctl(scope.host, change.target);
  // Gone with its module, and its value with it.
  if (now === undefined || now === value) return undefined;
  await writeFile(join(scope.root, sysctlPath(change.target)), `${value}\n`);
  return undefined;
}

function sysctlFailed(name: string, how: string, remedy: string): ByoError {
  return new ByoError('StepFailed', `sysctl ${name} cannot be set: ${how}`, { remedy, retryable: true });
}

/** @throws ByoError `HostUnfit` (retryable: a person can install it meanwhile) naming a module that cannot be had */
export async function loadModule(scope: LedgerScope, name: string): Promise<void> {
  if (await scope.host.stat(`/sys/module/${kernelNameOf(name)}`)) return;
  await recordOnce(scope, { kind: 'module', target: name }, async () => ({ old: {} }));
  const result = await scope.host.run(['modprobe', '--', name]);
  if (result.exitCode === 0) return;
  throw new ByoError('HostUnfit', `kernel module ${name} cannot be loaded: ${printable(result.stderr, 300)}`, {
    remedy: `Install a kernel, or a package of it, that has ${name}`,
    retryable: true,
  });
}

export async function undoModule({ host }: LedgerScope, change: Change): Promise<Problem> {
  // What is built in, or went with a reboot, is in no list.
  if (!(await listLoadedModules(host)).includes(kernelNameOf(change.target))) return undefined;
  const result = await host.run(['modprobe', '--remove', '--', change.target]);
  // Whoever uses it by now (a container engine, a firewall) needs it; a module that stays loaded harms nobody.
  if (/ in use/.test(result.stderr)) return undefined;
  return result.exitCode === 0 ? undefined : `it cannot be unloaded: ${printable(result.stderr, 300)}`;
}

/** @throws ByoError `StepFailed` (retryable), for instance when memory does not hold what is swapped out */
export async function disableSwap(scope: LedgerScope): Promise<void> {
  for (const { device, priority } of await readSwaps(scope.host)) {
    await recordOnce(scope, { kind: 'swap', target: device }, async () => ({ old: { priority } }));
    const result = await scope.host.run(['swapoff', '--', device], { timeoutSeconds: 600 });
    if (result.exitCode === 0) continue;
    throw new ByoError('StepFailed', `swap on ${device} cannot be turned off: ${printable(result.stderr, 300)}`, {
      remedy: 'Free memory on the host, or turn swap off by hand',
      retryable: true,
    });
  }
}

export async function undoSwap(scope: LedgerScope, change: Change): Promise<Problem> {
  if ((await readSwaps(scope.host)).some(({ device }) => device === change.target)) return undefined;
  const { priority } = oldOf(OldSwap, change);
  // Negative priorities are the kernel's own, given in the order of activation: they cannot be asked for.
  const asked = priority >= 0 ? ['--priority', String(priority)] : [];
  const result = await scope.host.run(['swapon', ...asked, '--', change.target]);
  return result.exitCode === 0 ? undefined : `swap cannot be turned on again: ${printable(result.stderr, 300)}`;
}
