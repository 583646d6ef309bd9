// The certificate authority of a lab's management cluster, key and all: who has it can be any host and any gateway.
import { CA_SECRET, SYSTEM_NAMESPACE } from '../api/names.ts';
import type { Kube } from '../common/kube/client.ts';
import { SECRETS } from '../common/kube/resources.ts';
import { loadAuthority, type Authority } from '../common/pki/authority.ts';

export async function readAuthority(kube: Kube): Promise<Authority> {
  const { data } = await kube.get(SECRETS, { namespace: SYSTEM_NAMESPACE, name: CA_SECRET });
  const read = (name: string): string => Buffer.from(data[name] ?? '', 'base64').toString('utf8');
  return loadAuthority({ certificate: read('current.crt'), key: read('current.key') });
}
