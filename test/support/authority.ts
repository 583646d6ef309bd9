// The certificate authority of a lab's installation, key and all: who has it can be any host and any gateway.
import { CA_SECRET, SYSTEM_NAMESPACE } from '../../api/names.ts';
import type { Kube } from '../../common/kube/client.ts';
import { readManagementUid } from '../../common/kube/management.ts';
import { SECRETS } from '../../common/kube/resources.ts';
import type { Authority } from '../../common/pki/authority.ts';
import { readAuthorities, readInstallation } from '../../common/pki/ca-secret.ts';

/** What certificates are signed with, and the id of the installation that they name. */
export async function readAuthority(kube: Kube): Promise<Authority & { installation: string }> {
  const secret = await kube.get(SECRETS, { namespace: SYSTEM_NAMESPACE, name: CA_SECRET });
  const { current } = await readAuthorities(secret);
  return { ...current, installation: readInstallation(secret, await readManagementUid(kube)) };
}
