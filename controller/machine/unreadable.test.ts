// A host that cannot be read may be the machine's: what was said of the machine stays, and says why.
import { expect, test } from 'vitest';
import { byoMachine, cluster, condition, machine } from '../../test/support/builders.ts';
import { decideReady } from './decide-ready.ts';
import { fingerprintOf } from './decide.ts';

const unreadable = [{ what: 'ByoHost default/h', why: 'spec.keys.0.use: unknown' }];

test.each(['True', 'False'] as const)('a machine that was Ready=%s stays so, and names the host', (status) => {
  const said = condition('Ready', status, status === 'True' ? 'Provisioned' : 'NoHostFits');
  const object = byoMachine('m', { spec: { providerID: 'byoh://h/1' }, status: { conditions: [said] } });
  const situation = { machine: object, owner: machine('m'), cluster: cluster(), hosts: [], unreadable };
  expect(decideReady(situation)).toMatchObject({
    status,
    message: expect.stringContaining('ByoHost default/h cannot be read'),
  });
  expect(fingerprintOf(situation)).not.toBe(fingerprintOf({ ...situation, unreadable: [] }));
});
