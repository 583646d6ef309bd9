// A fleet of hosts without machines: their ByoHosts, keys and certificates, made beside the controller with its own CA,
// since to enroll a thousand is not what is measured.
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { pemOf } from '../../agent/identity/identity.ts';
import { leaseNameOf } from '../../api/names.ts';
import { parsePublicJwk } from '../../common/jwk.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS, LEASES, NAMESPACES } from '../../common/kube/resources.ts';
import type { Authority } from '../../common/pki/authority.ts';
import { issueHostCertificate } from '../../common/pki/issue.ts';
import { createKeyPair, type KeyPair } from '../../common/sealing.ts';
import { severalAtOnce } from '../../common/several-at-once.ts';
import type { Instance } from '../../lab/index.ts';
import { readAuthority } from '../../test/support/authority.ts';

/** One host; certificate and key in PEM. */
export const Member = z.object({ name: z.string(), hostID: z.uuid(), certificate: z.string(), key: z.string() });
export type Member = z.infer<typeof Member>;

/** What a load process reads; `sealingKey` is a public JWK in JSON. */
export const Fleet = z.object({
  gateway: z.string(),
  installation: z.string(),
  ca: z.string(),
  sealingKey: z.string(),
  members: z.array(Member),
});
export type Fleet = z.infer<typeof Fleet>;

const NAMESPACE = 'fleet';
const AT_ONCE = 16;

type Making = { kube: Kube; authority: Authority; installation: string; sealing: KeyPair };

/** Makes so many hosts in a namespace of their own; answers the file that describes them. */
export async function makeFleet(
  kube: Kube,
  instance: Instance,
  count: number,
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
  const fleet = { gateway: instance.door.listen, installation, ca: authority.pem, sealingKey, members };
  const file = join(instance.dir, 'fleet.json');
  await writeFile(file, JSON.stringify(fleet), { mode: 0o600 });
  return { file, fleet };
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
