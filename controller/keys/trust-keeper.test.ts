import { expect, test, vi } from 'vitest';
import { createLogger } from '../../common/log.ts';
import { DamagedTrust } from '../../common/pki/damaged-trust.ts';
import { SIGNING_KEY_SECRET } from '../../api/names.ts';
import { createKube } from '../../common/kube/client.ts';
import { KubeError } from '../../common/kube/errors.ts';
import type { Request } from '../../common/kube/transport.ts';
import { byoHost } from '../../test/support/builders.ts';
import { TrustLost } from './new-trust.ts';
import { TrustKeeper } from './trust-keeper.ts';

const metadata = { name: 'x', uid: 'u', resourceVersion: '1', labels: {} };

const stream = (): AsyncGenerator => expect.unreachable('nothing is watched');

/** A cluster with this Secret of the signing key, or none, and one enrolled host. */
function keeperOver(secret: Record<string, string> | undefined) {
  const request = async ({ path }: Request): Promise<unknown> => {
    if (path.endsWith('/byohosts'))
      return { items: [byoHost('h', { spec: { keys: [{ id: 'k', use: 'tls', jwk: '{}' }] } })] };
    if (secret && path.endsWith(`/${SIGNING_KEY_SECRET}`)) return { metadata, data: secret };
    throw new KubeError(404, 'NotFound', path);
  };
  const kube = createKube({ request, stream });
  const keeper = new TrustKeeper({ kube, log: createLogger('test', 'silent') });
  const onChange = vi.fn<() => void>();
  keeper.onChange = onChange;
  return { keeper, onChange };
}

test.each([
  ['gone', undefined, 'is gone, and 1 enrolled host trusts it'],
  ['empty', {}, 'has no key "current"'],
  ['damaged', { current: Buffer.from('{"d":"secret"}').toString('base64') }, 'holds no private P-256 key'],
])('a signing key that is %s is told of, and nothing is signed', async (_, secret, words) => {
  const { keeper, onChange } = keeperOver(secret);
  await keeper.look();
  expect(keeper.lost).toContain(words);
  expect(keeper.lost).toContain('byo trust import');
  expect(keeper.lost).not.toContain('secret"');
  expect(() => keeper.signingKey.privateJwk).toThrow('the key that signs orders is not there');
  await keeper.look();
  expect(onChange).toHaveBeenCalledTimes(1);
});

test('what is lost is told until all of it is back; other trouble says nothing of it', async () => {
  const { keeper, onChange } = keeperOver(undefined);
  await expect(keeper.watch(() => Promise.reject(new TrustLost('Secret x', 'a host trusts it')))).rejects.toThrow(
    'Secret x',
  );
  await expect(keeper.watch(() => Promise.reject(new Error('the API server is away')))).rejects.toThrow('is away');
  expect(keeper.lost).toContain('Secret x is gone');
  await expect(keeper.watch(() => Promise.reject(new DamagedTrust('byo-ca', 'lacks its key')))).rejects.toThrow(
    'byo-ca',
  );
  expect(keeper.lost).toContain('byo-ca lacks its key');
  await keeper.watch(async () => 'served');
  expect([keeper.lost, onChange.mock.calls.length]).toEqual([undefined, 3]);
});
