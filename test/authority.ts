// The certificate authority of a lab's management cluster, key and all: who has it can be any host and any gateway.
import { z } from 'zod';
import { CA_SECRET, SYSTEM_NAMESPACE } from '../api/names.ts';
import { loadAuthority, type Authority } from '../common/pki/authority.ts';
import type { Kubectl } from '../demo/kubectl.ts';

const decode = (text: string): string => Buffer.from(text, 'base64').toString('utf8');
const Secret = z.object({ data: z.object({ 'current.crt': z.base64(), 'current.key': z.base64() }) });

export async function readAuthority(kubectl: Pick<Kubectl, 'get'>): Promise<Authority> {
  const { data } = Secret.parse(await kubectl.get(['secret', CA_SECRET, '-n', SYSTEM_NAMESPACE]));
  return loadAuthority({ certificate: decode(data['current.crt']), key: decode(data['current.key']) });
}
