// A fleet of hosts without machines: their ByoHosts, keys and certificates, made beside the controller with its own CA,
// since to enroll a thousand is not what is measured.
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { pemOf } from '../../agent/identity/identity.ts';
import { leaseNameOf, SIGNING_KEY_SECRET, SYSTEM_NAMESPACE } from '../../api/names.ts';
import { parsePublicJwk } from '../../common/keys/jwk.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS, LEASES, NAMESPACES, SECRETS } from '../../common/kube/resources.ts';
import type { Authority } from '../../common/pki/authority.ts';
import { issueHostCertificate } from '../../common/pki/issue.ts';
import { readSigningKeys } from '../../common/pki/signing-secret.ts';
import { createKeyPair, type KeyPair } from '../../common/keys/sealing.ts';
import { severalAtOnce } from '../../common/several-at-once.ts';
import type { Instance } from '../../lab/index.ts';
import { readAuthority } from '../../test/support/authority.ts';

/** One host; certificate and key in PEM. */
export const Member = z.object({ name: z.string(), hostID: z.uuid(), certificate: z.string(), key: z.string() });
export type Member = z.infer<typeof Member>;

const PrivateJwk = z.record(z.string(), z.string());

/** With what orders are opened, and how long a step of one takes. */
const Orders = z.object({ host: PrivateJwk, trusted: z.array(PrivateJwk), stepMs: z.int() });

/** What a load process reads; `sealingKey` is a public JWK in JSON. Without `orders` no host is ever given one. */
export const Fleet = z.object({
  gateway: z.string(),
  installation: z.string(),
  ca: z.string(),
  sealingKey: z.string(),
  orders: Orders.optional(),
  members: z.array(Member),
});
export type Fleet = z.infer<typeof Fleet>;

/** Of the hosts, and of whatever claims them. */
export const NAMESPACE = 'fleet';
const AT_ONCE = 16;

type Making = { kube: Kube; authority: Authority; installation: string; sealing: KeyPair };

/** Makes so many hosts in a namespace of their own; answers the file that describes them. */
export async function makeFleet(
  kube: Kube,
  instance: Instance,
  { count, stepMs }: { count: number; stepMs?: number },
): Promise<{ file: string; fleet: Fleet }> {
  const authority = await readAuthority(kube);
  const { installation } = authority;
  const making = { kube, authority, installation, sealing: await createKeyPair('sealing') };
  await kube.create(NAMESPACES, { metadata: { name: NAMESPACE } });
  const members: Member[] = [];
  await severalAtOnce([...Array(count).keys()], AT_ONCE, async (at) => {
    members.push(await makeMember(making, at));
  });
  const sealingKey = JSON.stringify(making.sealing.publicJwk);
  const orders = stepMs === undefined ? {} : { orders: await makeOrders(making, stepMs) };
  const fleet = Fleet.parse({
    gateway: instance.door.listen,
    installation,
    ca: authority.pem,
    sealingKey,
    members,
    ...orders,
  });
  const file = join(instance.dir, 'fleet.json');
  await writeFile(file, JSON.stringify(fleet), { mode: 0o600 });
  return { file, fleet };
}

async function makeOrders({ kube, sealing }: Making, stepMs: number) {
  const secret = await kube.get(SECRETS, { namespace: SYSTEM_NAMESPACE, name: SIGNING_KEY_SECRET });
  const { trusted } = await readSigningKeys(secret);
  return { host: sealing.privateJwk, trusted, stepMs };
}

async function makeMember({ kube, authority, installation, sealing }: Making, at: number): Promise<Member> {
  const name = `light-${at}`;
  const hostID = randomUUID();
  const tls = await createKeyPair('signing');
  const jwk = JSON.stringify(tls.publicJwk);
  const keys = [
    { id: tls.id, use: 'tls', jwk },
    { id: sealing.id, use: 'sealing', jwk: JSON.stringify(sealing.publicJwk) },
  ];
  const metadata = { namespace: NAMESPACE, name };
  await kube.create(BYO_HOSTS, { metadata, spec: { hostID, keys } }, NAMESPACE);
  await kube.create(LEASES, { metadata: { namespace: NAMESPACE, name: leaseNameOf(name) }, spec: {} }, NAMESPACE);
  const tlsKey = await parsePublicJwk(jwk);
  const certificate = await issueHostCertificate(authority, { installation, hostID, tlsKey, now: new Date() });
  return { name, hostID, certificate, key: pemOf(tls.privateJwk) };
}
