// `byo trust export`: what the hosts of an installation trust, read from where it is stored.
import { CA_SECRET, CA_SECRET_KEYS, SIGNING_KEY_SECRET, SYSTEM_NAMESPACE } from '../api/names.ts';
import type { Kube } from '../common/kube/client.ts';
import { readManagementUid } from '../common/kube/management.ts';
import { SECRETS, type Secret } from '../common/kube/resources.ts';
import { readAuthorities, readInstallation } from '../common/pki/ca-secret.ts';
import { readSigningKeys } from '../common/pki/signing-secret.ts';
import { UsageError } from './usage-error.ts';
import type { Trust } from './trust-file.ts';

/** Whole and usable, or nothing. The id is written down also where the Secret has none, since another cluster cannot know it. */
export async function readTrust(kube: Kube, now = new Date()): Promise<Trust> {
  const [authority, signing] = [await read(kube, CA_SECRET), await read(kube, SIGNING_KEY_SECRET)];
  await readAuthorities(authority);
  await readSigningKeys(signing);
  const installation = readInstallation(authority, await readManagementUid(kube));
  const id = { [CA_SECRET_KEYS.installation]: Buffer.from(installation).toString('base64') };
  return {
    version: 1,
    exportedAt: now.toISOString(),
    installation,
    authority: { ...authority.data, ...id },
    signing: signing.data,
  };
}

async function read(kube: Kube, name: string): Promise<Secret> {
  const secret = await kube.find(SECRETS, { namespace: SYSTEM_NAMESPACE, name });
  if (secret) return secret;
  const remedy =
    'The controller makes it when it is started with --enrollment-listen; if it was lost, `byo trust import`';
  throw new UsageError(`there is no Secret ${SYSTEM_NAMESPACE}/${name}`, remedy);
}
