// The secrets that must be nowhere but where they belong: those of a workload cluster, and the provider's own.
import { z } from 'zod';
import { CA_SECRET, SIGNING_KEY_SECRET, SYSTEM_NAMESPACE } from '../../../api/names.ts';
import { CLUSTER } from '../../../harness/cluster.ts';
import { kubectlOf } from '../../../harness/kubectl.ts';
import type { Instance } from '../../../lab/index.ts';

const Secret = z.object({
  metadata: z.object({ name: z.string() }),
  type: z.string(),
  data: z.record(z.string(), z.string()).default({}),
});
const SecretList = z.object({ items: z.array(Secret) });

async function readSecrets(instance: Instance, namespace: string): Promise<z.infer<typeof Secret>[]> {
  return SecretList.parse(await kubectlOf(instance).get(['secrets', '-n', namespace])).items;
}

const textOf = (value = ''): string => Buffer.from(value, 'base64').toString();

/** The join tokens in bootstrap data: kubeadm's own format. */
export function tokensIn(document: string): string[] {
  return [...document.matchAll(/\btoken: "?([a-z0-9]{6}\.[a-z0-9]{16})\b/g)].map(([, token]) => token ?? '');
}

/** The join tokens of all clusters in the demo's namespace and the CA key of one, as Cluster API made them. */
export async function readClusterSecrets(
  instance: Instance,
  cluster = CLUSTER.name,
): Promise<{ tokens: string[]; caKey: string }> {
  const secrets = await readSecrets(instance, CLUSTER.namespace);
  const documents = secrets.filter(({ type }) => type === 'cluster.x-k8s.io/secret').map(({ data }) => data.value);
  const tokens = documents.flatMap((document) => tokensIn(textOf(document)));
  const authority = secrets.find(({ metadata }) => metadata.name === `${cluster}-ca`);
  return { tokens: [...new Set(tokens)], caKey: middleOf(textOf(authority?.data['tls.key'])) };
}

/** The CA key of hosts and gateways, and the key that signs orders: each by a part of its own. */
export async function readOwnSecrets(instance: Instance): Promise<{ caKey: string; signingKey: string }> {
  const secrets = await readSecrets(instance, SYSTEM_NAMESPACE);
  const find = (name: string) => secrets.find(({ metadata }) => metadata.name === name)?.data ?? {};
  const signing = z.object({ d: z.string().min(40) }).parse(JSON.parse(textOf(find(SIGNING_KEY_SECRET).current)));
  const authority = Object.values(find(CA_SECRET)).map((value) => textOf(value));
  const caKey = authority.find((text) => text.includes('PRIVATE KEY'));
  if (!caKey) throw new Error(`Secret ${CA_SECRET} holds no private key`);
  return { caKey: middleOf(caKey), signingKey: signing.d };
}

/** A run of the key's own characters: line breaks and armour differ from place to place. */
function middleOf(pem: string): string {
  const lines = pem.split('\n').filter((line) => line.length >= 40 && !line.startsWith('-----'));
  const line = lines[Math.min(2, lines.length - 1)];
  if (!line) throw new Error('there is no key to look for');
  return line;
}
