// A host that was away for long: its certificate is past the moment at which it should have been renewed.
import { z } from 'zod';
import { issueHostCertificate } from '../../common/pki/issue.ts';
import { parsePublicJwk } from '../../common/jwk.ts';
import { kubectlOf } from '../../demo/kubectl.ts';
import { waitFor } from '../../lab/wait.ts';
import { readAuthority } from '../authority.ts';
import type { AgentWorld } from './agent-world.ts';
import { runOn } from './machine-listing.ts';

const IDENTITY = '/var/lib/byo-agent/identity.json';
const TLS_KEY = 'tls';
/** Of 24; renewal is due after 14.4 at the latest. */
const AGE_MS = 15 * 3600 * 1000;
const Identity = z.looseObject({ certificate: z.string(), management: z.string() });

/** Puts a certificate of that age into the place of the host's own, for the same key; answers it. */
export async function spendCertificate(world: AgentWorld): Promise<string> {
  const { host, hostID, instance } = world;
  const kubectl = kubectlOf(instance);
  const { spec } = z
    .object({ spec: z.object({ keys: z.array(z.object({ use: z.string(), jwk: z.string() })) }) })
    .parse(await kubectl.get(['byohost', host.name]));
  const tlsKey = await parsePublicJwk(spec.keys.find(({ use }) => use === TLS_KEY)?.jwk ?? '');
  const identity = Identity.parse(JSON.parse(await runOn(host, `cat ${IDENTITY}`)));
  const whom = { management: identity.management, hostID, tlsKey, now: new Date(Date.now() - AGE_MS) };
  const certificate = await issueHostCertificate(await readAuthority(kubectl), whom);
  const write = `umask 077; cat > ${IDENTITY}.new && mv ${IDENTITY}.new ${IDENTITY}`;
  await host.exec(['sh', '-c', write], { input: JSON.stringify({ ...identity, certificate }) });
  return certificate;
}

/** Waits until the host has another certificate than this one. */
export async function waitForRenewal({ host }: AgentWorld, spent: string): Promise<void> {
  const probe = async (): Promise<string | undefined> => {
    const { certificate } = Identity.parse(JSON.parse(await runOn(host, `cat ${IDENTITY}`)));
    return certificate === spent ? 'the certificate is the old one' : undefined;
  };
  await waitFor('the renewal of the certificate', probe, { timeoutMs: 60_000, everyMs: 250 });
}
