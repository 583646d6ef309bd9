// `byo trust import`: puts the trust of an installation where a controller finds it, and never over another.
import { CA_SECRET, CA_SECRET_KEYS, SIGNING_KEY_SECRET, SYSTEM_NAMESPACE } from '../api/names.ts';
import type { Kube } from '../common/kube/client.ts';
import { readManagementUid } from '../common/kube/management.ts';
import { NAMESPACES, SECRETS, type Secret } from '../common/kube/resources.ts';
import { readAuthorities, readInstallation } from '../common/pki/ca-secret.ts';
import { readSigningKeys, SIGNING_SECRET_KEYS } from '../common/pki/signing-secret.ts';
import type { Trust } from './trust-file.ts';
import { UsageError } from './usage-error.ts';

type Data = Record<string, string>;
type Wish = { name: string; data: Data };
/** `same` is what must not differ in a Secret that is there: the rest is of no weight. */
type Planned = Wish & { present: Secret | undefined; same: readonly string[] };

/** Names of the Secrets that were made; none when everything was there before. @throws UsageError when another trust is there */
export async function importTrust(kube: Kube, trust: Trust): Promise<string[]> {
  await checkUsable(trust);
  const management = await readManagementUid(kube);
  // The CA last: a controller that finds a CA and no signing key makes one.
  const plans = [
    await plan(kube, { name: SIGNING_KEY_SECRET, data: trust.signing }, [SIGNING_SECRET_KEYS.current]),
    await plan(kube, { name: CA_SECRET, data: trust.authority }, [CA_SECRET_KEYS.certificate, CA_SECRET_KEYS.key]),
  ];
  const strange = plans.find(isAnother) ?? plans.find((one) => isOfAnother(one, trust, management));
  if (strange) throw another(strange);
  await ensureNamespace(kube);
  const missing = plans.filter(({ present }) => !present);
  for (const { name, data } of missing) {
    await kube.create(
      SECRETS,
      { metadata: { namespace: SYSTEM_NAMESPACE, name }, type: 'Opaque', data },
      SYSTEM_NAMESPACE,
    );
  }
  return missing.map(({ name }) => name);
}

/** Before anything is written: a file that was made by hand may hold anything. */
async function checkUsable({ authority, signing }: Trust): Promise<void> {
  const metadata = { name: 'of the file', uid: '', resourceVersion: '', labels: {} };
  await readAuthorities({ metadata, data: authority });
  await readSigningKeys({ metadata, data: signing });
}

async function plan(kube: Kube, wish: Wish, same: Planned['same']): Promise<Planned> {
  return { ...wish, same, present: await kube.find(SECRETS, { namespace: SYSTEM_NAMESPACE, name: wish.name }) };
}

function isAnother({ present, data, same }: Planned): boolean {
  return present !== undefined && same.some((key) => textOf(present.data[key]) !== textOf(data[key]));
}

/** The same CA under another id: every certificate would name somebody else. */
function isOfAnother({ name, present }: Planned, { installation }: Trust, management: string): boolean {
  return name === CA_SECRET && present !== undefined && readInstallation(present, management) !== installation;
}

function textOf(stored = ''): string {
  return Buffer.from(stored, 'base64').toString('utf8').trim();
}

async function ensureNamespace(kube: Kube): Promise<void> {
  if (await kube.find(NAMESPACES, { name: SYSTEM_NAMESPACE })) return;
  const labels = { 'cluster.x-k8s.io/provider': 'infrastructure-byo' };
  await kube.create(NAMESPACES, { metadata: { name: SYSTEM_NAMESPACE, labels } });
}

function another({ name }: Planned): UsageError {
  const remedy =
    'Nothing was changed. If no host of this cluster trusts what is there, stop the controller and delete the Secrets ' +
    `${CA_SECRET}, ${SIGNING_KEY_SECRET} and byo-gateway and the ConfigMap byo-trust; export them first`;
  return new UsageError(`Secret ${SYSTEM_NAMESPACE}/${name} is there, and is not that of the file`, remedy);
}
