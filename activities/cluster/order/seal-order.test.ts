// Which form an order is sealed in: a host is given what it has said that it opens.
import { expect, test } from 'vitest';
import { createKeyPair, openOrder } from '../../../common/keys/sealing.ts';
import { byoHost, reportedHost } from '../../../test/support/builders.ts';
import { kubeInMemory } from '../../../test/support/kube-in-memory.ts';
import { createSealOrder } from './seal-order.ts';

const [signing, keys] = await Promise.all([createKeyPair('signing'), createKeyPair('sealing')]);

test.each([
  ['no report', undefined, false],
  ['protocol 1', 1, false],
  ['protocol 2', 2, false],
  ['protocol 3', 3, true],
  ['a later one', 9, true],
])('orders are packed for a host that knows it: %s', async (_what, protocol, packed) => {
  expect(await isPackedFor(protocol)).toBe(packed);
});

async function isPackedFor(protocol: number | undefined): Promise<boolean> {
  const hostKey = { id: 'k', use: 'sealing', jwk: JSON.stringify(keys.publicJwk) };
  const status = protocol === undefined ? { reported: undefined } : { reported: reportedHost({ protocol }) };
  const host = byoHost('h', { spec: { keys: [hostKey] }, status });
  const { owed } = createSealOrder({ kube: kubeInMemory([]), signingKey: signing, management: 'm' });
  const machine = { management: 'm', namespace: 'default', name: 'gone', incarnation: 'i' };
  const claim = { hostName: 'h', hostID: host.spec.hostID, generation: 1 };
  const sealed = await owed({ host, ownerGone: true }, { machine, claim, verb: 'reset', owed: true });
  if (!('order' in sealed)) throw new Error(sealed.waiting.message);
  const { sealed: order } = sealed.order;
  const opened = await openOrder(order, { host: keys.privateJwk, trusted: [signing.publicJwk] });
  expect(opened).toMatchObject({ verb: 'reset', hostID: host.spec.hostID });
  return typeof order !== 'string';
}
