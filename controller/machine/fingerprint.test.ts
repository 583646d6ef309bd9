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
import { asideOf, fingerprintOf, isHostAway, isSettled, lapsesOf } from './decide.ts';
import type { ObservedMachine } from './observe.ts';

const hostID = '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11';
const claimed = (reported: Record<string, unknown> = {}, link: 'True' | 'False' = 'True') =>
  byoHost('h', {
    spec: { hostID, claim: claimOf('m') },
    status: { reported: reportedHost(reported), conditions: [condition('Connected', link, 'R')] },
  });
const bootstrapped = { conditions: [condition('BootstrapSucceeded', 'True', 'R')] };

const situation = (more: Partial<ObservedMachine> = {}): ObservedMachine => ({
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
  ['a person’s word', { machine: byoMachine('m', { metadata: { annotations: { [ANNOTATIONS.lookAgain]: 'noon' } } }) }],
  ['a deletion', { machine: byoMachine('m', { metadata: { deletionTimestamp: '2026-01-02T00:00:00Z' } }) }],
  ['a pause', { cluster: cluster({ spec: { paused: true } }) }],
])('%s is news', (_name, more) => {
  expect(fingerprintOf(situation(more))).not.toBe(fingerprintOf(situation()));
});

test('what somebody accepts on the host of a machine that goes is news', () => {
  const gone = byoMachine('m', { metadata: { deletionTimestamp: '2026-01-02T00:00:00Z' } });
  const accepted = [{ id: '0'.repeat(32), what: 'link podnet0', by: 'ann', at: '2026-01-01T00:00:00Z' }];
  const host = byoHost('h', { spec: { hostID, claim: claimOf('m'), accepted } });
  const before = byoHost('h', { spec: { hostID, claim: claimOf('m') } });
  const heard = (one: typeof host) => fingerprintOf(situation({ machine: gone, host: one }));
  expect(heard(host)).not.toBe(heard(before));
});

test('a change of the template is news until the machine is settled', () => {
  const installer = (nth: number) => lapsesOf(situation({ installer: template(nth), host: claimed() })).at(-1);
  expect(installer(1)).not.toBe(installer(2));
  // Not undefined, of which it is no news that something begins.
  expect(lapsesOf(situation({ host: claimed() })).at(-1)).toBe('none');
  const settled = byoMachine('m', { spec: { providerID: 'byoh://x/1' }, status: bootstrapped });
  const known = { machine: settled, host: claimed(), installer: template(1) };
  expect(lapsesOf(situation(known)).at(-1)).toBeNull();
});

const seenOf = (more: Partial<ObservedMachine> = {}) => [fingerprintOf(situation(more)), lapsesOf(situation(more))];
const at = (step: string, bytes: number) => seenOf({ host: claimed(running(step, bytes)) });

test('neither a step nor bytes are news, nor that an operation has ended', () => {
  expect(at('FetchBundle', 1)).toEqual(at('FetchBundle', 2));
  expect(at('FetchBundle', 1)).toEqual(at('SetSysctls', 1));
  const ended = { operation: { operation: 'install/v1.36.3', generation: 1, state: 'Succeeded' } };
  expect(seenOf({ host: claimed(ended) })).toEqual(at('EnableKubelet', 1));
});

const dataless = machine('m', { spec: { bootstrap: {} } });
const quarantined = (reason: string) => {
  const conditions = [condition('Connected', 'True', 'R'), condition('Quarantined', 'True', reason)];
  return byoHost('h', { spec: { hostID, claim: claimOf('m') }, status: { reported: reportedHost(), conditions } });
};

test.each([
  ['the claim', 0, { host: claimed() }],
  ['the gate before the claim', 1, { cluster: undefined }],
  ['a host without a key', 3, { host: byoHost('h', { spec: { hostID, keys: [], claim: claimOf('m') } }) }],
  ['a quarantine', 4, { host: quarantined('NotClean') }],
])('%s is news when it ends', (_what, index, more) => {
  expect(lapsesOf(situation(more))[index]).toEqual(expect.any(String));
  const open = index === 0 ? situation() : situation({ host: claimed() });
  expect(lapsesOf(open)[index]).toBeUndefined();
});

const told = (reason: string) =>
  byoMachine('m', { status: { conditions: [condition('BootstrapSucceeded', 'Unknown', reason)] } });
const waits = (more: Partial<ObservedMachine>) => lapsesOf(situation({ host: claimed(), ...more }))[2];

test('bootstrap data are news to whoever says that it waits for them, and to nobody else', () => {
  const waiting = told('WaitingForBootstrapData');
  expect(waits({ machine: waiting })).toBeUndefined();
  const others = [{ machine: waiting, owner: dataless }, { owner: dataless }, {}, { machine: told('Joining') }];
  expect(new Set(others.map(waits))).toEqual(new Set([expect.any(String)]));
});

const naming = (name: string) => machine('m', { spec: { bootstrap: { dataSecretName: name } } });

const secret = (reason: string, name: string) =>
  lapsesOf(situation({ host: claimed(), machine: told(reason), owner: naming(name) }))[5];

test('another Secret is news to whoever waits for one, and to nobody else', () => {
  expect(secret('WaitingForBootstrapData', 'a')).not.toBe(secret('WaitingForBootstrapData', 'b'));
  // Not undefined, which would be an end: that it waits no more is its own doing.
  expect(secret('Joining', 'a')).toBeNull();
});

test('the workflow’s own way changes nothing: a claim, a providerID, a bootstrap that has come to its end', () => {
  const spec = { providerID: 'byoh://x/1' };
  const before = fingerprintOf(situation());
  expect(fingerprintOf(situation({ host: claimed() }))).toBe(before);
  expect(fingerprintOf(situation({ machine: byoMachine('m', { spec }), host: claimed() }))).toBe(before);
  const owner = machine('m', { spec, status: { nodeRef: { name: 'n' } } });
  const done = byoMachine('m', { spec, status: bootstrapped });
  expect(fingerprintOf(situation({ machine: done, owner, host: claimed() }))).toBe(before);
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

const PINNED = JSON.stringify({ x: 'a', y: 'b' });
const lost = (reported: Record<string, unknown>) => {
  const keys = [{ id: 'k', use: 'sealing', jwk: PINNED }];
  const spec = { hostID, keys, claim: claimOf('m', 1, { lost: true }) };
  return fingerprintOf(situation({ host: byoHost('h', { spec, status: { reported: reportedHost(reported) } }) }));
};

test('what the new agent of a re-imaged host finds is news', () => {
  const finding = { code: 'ForeignSoftware', message: 'm', remedy: 'r' };
  expect(lost({ sealingKey: PINNED })).not.toBe(lost({ sealingKey: 'old' }));
  expect(lost({ sealingKey: PINNED, findings: [finding] })).not.toBe(lost({ sealingKey: PINNED }));
});

test('a machine with a host is told nothing of the others', () => {
  expect(asideOf(situation({ aside: 'x' }))).toBe('x');
  expect(asideOf(situation({ aside: 'x', host: claimed() }))).toBe('');
});
