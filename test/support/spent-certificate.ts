// A host that was away for long: its certificate is past the moment at which it should have been renewed.
import { z } from 'zod';
import { IdentityAnswer } from '../../api/gateway.ts';
import { parsePublicJwk } from '../../common/keys/jwk.ts';
import type { Kube } from '../../common/kube/client.ts';
import { issueHostCertificate } from '../../common/pki/issue.ts';
import { LIMITS } from '../../gateway/limits.ts';
import type { HostHandle } from '../../lab/index.ts';
import { waitFor } from '../../lab/wait.ts';
import { readAuthority } from './authority.ts';
import { withAgentLog } from '../integration/host/agent-log.ts';
import { runOn } from '../integration/host/run-on.ts';

/** An agent's identity on a host of the lab: the host's own unless `state` is another folder. */
export type Enrolled = { host: HostHandle; state?: string };

const HOUR_MS = 3600 * 1000;
/** Of 24; renewal is due after 14.4 at the latest. */
const AGE_HOURS = 15;
const KeyFile = z.object({ publicJwk: z.unknown() });

const pathOf = (name: string, { state = '/var/lib/byo-agent' }: Enrolled): string => `${state}/${name}.json`;

/** What the controller answered when this identity was given, or last renewed. */
export async function readIdentity(enrolled: Enrolled): Promise<IdentityAnswer> {
  return IdentityAnswer.parse(JSON.parse(await runOn(enrolled.host, `cat ${pathOf('identity', enrolled)}`)));
}

/** Puts a certificate of that age into the place of the present one, for the same key; answers it. */
export async function spendCertificate(enrolled: Enrolled, kube: Kube, ageHours = AGE_HOURS): Promise<string> {
  const identity = await readIdentity(enrolled);
  const file = KeyFile.parse(JSON.parse(await runOn(enrolled.host, `cat ${pathOf('tls-key', enrolled)}`)));
  const tlsKey = await parsePublicJwk(JSON.stringify(file.publicJwk));
  const { management, hostID } = identity;
  const whom = { installation: management, hostID, tlsKey, now: new Date(Date.now() - ageHours * HOUR_MS) };
  const certificate = await issueHostCertificate(await readAuthority(kube), whom);
  const path = pathOf('identity', enrolled);
  const write = `umask 077; cat > ${path}.new && mv ${path}.new ${path}`;
  const { exitCode, stderr } = await enrolled.host.exec(['sh', '-c', write], {
    input: JSON.stringify({ ...identity, certificate }),
  });
  if (exitCode !== 0) throw new Error(`the certificate of ${enrolled.host.name} cannot be put there: ${stderr}`);
  return certificate;
}

/**
 * Of one host a gateway takes a burst of renewals (5), then one a minute: whoever comes too soon is told to wait until then,
 * spread over 10 s, and the agent adds up to a second. Half a minute more is for that, for its start and for the renewal.
 */
const RENEWAL_MS = 1000 / LIMITS.renewPerHost.perSecond + 30_000;

/** Waits until the host has another certificate than this one. */
export async function waitForRenewal(enrolled: Enrolled, spent: string): Promise<void> {
  const probe = async (): Promise<string | undefined> =>
    (await readIdentity(enrolled)).certificate === spent ? 'the certificate is the old one' : undefined;
  await withAgentLog(enrolled.host, () =>
    waitFor('the renewal of the certificate', probe, { timeoutMs: RENEWAL_MS, everyMs: 250 }),
  );
}
