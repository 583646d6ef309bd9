import { expect, test } from 'vitest';
import { ANNOTATIONS } from '../../api/names.ts';
import { K8sInstallerConfigTemplate } from '../../api/templates.ts';
import {
  byoHost,
  byoMachine,
  claimOf,
  cluster,
  condition,
  machine,
  reportedHost,
} from '../../test/support/builders.ts';
import { asideOf, fingerprintOf, isHostAway, isSettled } from './fingerprint.ts';
import type { MachineSituation } from './observe.ts';

const hostID = '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11';
const claimed = (reported: Record<string, unknown> = {}, link: 'True' | 'False' = 'True') =>
  byoHost('h', {
    spec: { hostID, claim: claimOf('m') },
    status: { reported: reportedHost(reported), conditions: [condition('Connected', link, 'R')] },
  });
const bootstrapped = { conditions: [condition('BootstrapSucceeded', 'True', 'R')] };

const situation = (more: Partial<MachineSituation> = {}): MachineSituation => ({
  machine: byoMachine('m'),
  owner: machine('m'),
  cluster: cluster(),
  hosts: [],
  ...more,
});

const template = (generation: number) =>
  K8sInstallerConfigTemplate.parse({
    metadata: { ...byoMachine('i').metadata, generation },
    spec: { template: { spec: { bundleRepo: 'file:///bundles', bundleType: 'k8s' } } },
  });

const running = (step: string, bytes: number) => ({
  operation: { operation: 'install/v1.36.3', generation: 1, state: 'Running', step, bytes },
});

test.each([
  [
    'the retry annotation',
    { machine: byoMachine('m', { metadata: { annotations: { [ANNOTATIONS.retryBootstrap]: '' } } }) },
  ],
  ['a deletion', { machine: byoMachine('m', { metadata: { deletionTimestamp: '2026-01-02T00:00:00Z' } }) }],
  ['bootstrap data', { owner: machine('m', { spec: { bootstrap: {} } }) }],
  ['a pause', { cluster: cluster({ spec: { paused: true } }) }],
  ['a claim', { host: claimed() }],
  ['an installer template', { installer: template(1) }],
])('%s is news', (_name, more) => {
  expect(fingerprintOf(situation(more))).not.toBe(fingerprintOf(situation()));
});

const at = (step: string, bytes: number) => fingerprintOf(situation({ host: claimed(running(step, bytes)) }));

const installedBy = (nth: number, more: Partial<MachineSituation> = {}) =>
  fingerprintOf(situation({ installer: template(nth), ...more }));

test('a change of the template is news until the machine is settled', () => {
  expect(installedBy(1)).not.toBe(installedBy(2));
  const settled = byoMachine('m', { spec: { providerID: 'byoh://x/1' }, status: bootstrapped });
  const known = { machine: settled, host: claimed() };
  expect(installedBy(1, known)).toBe(installedBy(2, known));
});

test('a step is news, bytes are none', () => {
  expect(at('FetchBundle', 1)).toBe(at('FetchBundle', 2));
  expect(at('FetchBundle', 1)).not.toBe(at('SetSysctls', 1));
});

test('the workflow does not wake itself by what it reports', () => {
  const reported = byoMachine('m', { status: { conditions: [condition('HostClaimed', 'False', 'NoHostFits')] } });
  expect(fingerprintOf(situation({ machine: reported }))).toBe(fingerprintOf(situation()));
});

const waiting = (link: 'True' | 'False') => fingerprintOf(situation({ host: claimed({}, link) }));

test('the link of a machine that waits is news, that of a settled one is none', () => {
  expect(waiting('True')).not.toBe(waiting('False'));
  const done = byoMachine('m', { spec: { providerID: 'byoh://x/1' }, status: bootstrapped });
  const settled = (link: 'True' | 'False') => fingerprintOf(situation({ machine: done, host: claimed({}, link) }));
  expect(settled('True')).toBe(settled('False'));
});

test('settled: bootstrapped with its host, and not deleting', () => {
  const spec = { providerID: 'byoh://x/1' };
  const done = byoMachine('m', { spec, status: bootstrapped });
  const deleting = { deletionTimestamp: '2026-01-02T00:00:00Z' };
  expect(isSettled(situation({ machine: done, host: claimed() }))).toBe(true);
  expect(isSettled(situation({ machine: done }))).toBe(false);
  expect(isSettled(situation({ machine: byoMachine('m', { spec }), host: claimed() }))).toBe(false);
  const going = byoMachine('m', { metadata: deleting, spec, status: bootstrapped });
  expect(isSettled(situation({ machine: going, host: claimed() }))).toBe(false);
});

test('a claimed host that is not connected is away; a machine without one waits for any', () => {
  expect(isHostAway(situation({ host: claimed({}, 'False') }))).toBe(true);
  expect(isHostAway(situation({ host: claimed() }))).toBe(false);
  expect(isHostAway(situation())).toBe(false);
});

const lost = (reported: Record<string, unknown>) => {
  const spec = { hostID, claim: claimOf('m', 1, { lost: true }) };
  return fingerprintOf(situation({ host: byoHost('h', { spec, status: { reported: reportedHost(reported) } }) }));
};

test('what the new agent of a re-imaged host finds is news', () => {
  const finding = { code: 'ForeignSoftware', message: 'm', remedy: 'r' };
  expect(lost({ sealingKey: 'new' })).not.toBe(lost({ sealingKey: 'old' }));
  expect(lost({ findings: [finding] })).not.toBe(lost({}));
});

test('a machine with a host is told nothing of the others', () => {
  expect(asideOf(situation({ aside: 'x' }))).toBe('x');
  expect(asideOf(situation({ aside: 'x', host: claimed() }))).toBe('');
});
