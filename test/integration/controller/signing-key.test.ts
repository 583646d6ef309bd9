// The signing key on a real API server, under our own rights: made once, kept, and published.
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { SIGNING_KEY_SECRET, SYSTEM_NAMESPACE, TRUST_CONFIG_MAP, TRUST_KEYS } from '../../../api/names.ts';
import { CONFIG_MAPS, SECRETS } from '../../../common/kube/resources.ts';
import { ensureSigningKey } from '../../../controller/keys/signing-key.ts';
import { admin, ours, prepareServer } from './fixtures.ts';

beforeAll(prepareServer);

const TRUST = { namespace: SYSTEM_NAMESPACE, name: TRUST_CONFIG_MAP };
const Jwks = z.object({ keys: z.array(z.looseObject({ kid: z.string() })) });

test('two controllers that start at once have one key; hosts are told its public half only', async () => {
  await admin.delete(SECRETS, { namespace: SYSTEM_NAMESPACE, name: SIGNING_KEY_SECRET });
  await admin.delete(CONFIG_MAPS, TRUST);
  const [first, second] = await Promise.all([
    ensureSigningKey(ours()),
    ensureSigningKey(ours()).catch(() => undefined),
  ]);
  const again = await ensureSigningKey(ours());
  expect(again).toEqual(first);
  expect(second).toEqual(first);
  const trust = await admin.get(CONFIG_MAPS, TRUST);
  const { keys } = Jwks.parse(JSON.parse(trust.data[TRUST_KEYS.signers] ?? ''));
  expect(keys.map(({ kid }) => kid)).toEqual([first.id]);
  expect(keys[0]).not.toHaveProperty('d');
});

test('what hosts trust is put right when somebody has changed it', async () => {
  const { id } = await ensureSigningKey(ours());
  await admin.patch(CONFIG_MAPS, TRUST, { manager: 'test', body: { data: { [TRUST_KEYS.signers]: '{"keys":[]}' } } });
  await ensureSigningKey(ours());
  expect((await admin.get(CONFIG_MAPS, TRUST)).data[TRUST_KEYS.signers]).toContain(id);
});
