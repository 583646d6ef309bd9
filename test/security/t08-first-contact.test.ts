// T8: at first contact a host knows nothing but the pin of a CA: whoever cannot show that CA's own word gets not one byte.
import { createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePublicJwk } from '../../common/keys/jwk.ts';
import { parseToken } from '../../common/enrollment/token.ts';
import { createAuthority, loadAuthority, type PemPair } from '../../common/pki/authority.ts';
import { issueHostCertificate } from '../../common/pki/issue.ts';
import { invite, type Invitation } from '../../harness/hosts.ts';
import { kubeOf } from '../../harness/machines.ts';
import { makeKeys } from './light-host.ts';
import { readAuthority } from '../support/authority.ts';
import { asServer, issueGateway, openRogue, readInstallationOf } from './rogue-gateway.ts';
import { enrollSecond, forgetSecond, isEnrolled, makeSecond } from './second-identity.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let invitation: Invitation;
beforeAll(async () => {
  world = await openWorld();
  invitation = await invite(world.instance, 't08', {});
});
afterAll(() => world.kubectl.run(['delete', 'byohostenrollment', parseToken(invitation.token).enrollment]));

const ourAuthority = () => readAuthority(kubeOf(world.instance));
const anotherAuthority = async () => loadAuthority(await createAuthority('byo', new Date()));

/** A hostile host of ours: its own certificate is by the right CA, for a host. */
async function asHost(): Promise<PemPair> {
  const authority = await ourAuthority();
  const { tls } = await makeKeys();
  const tlsKey = await parsePublicJwk(JSON.stringify(tls.publicJwk));
  const whom = { installation: await readInstallationOf(world), hostID: crypto.randomUUID(), now: new Date() };
  const certificate = await issueHostCertificate(authority, { ...whom, tlsKey });
  const key = createPrivateKey({ key: { ...tls.privateJwk }, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' });
  return { certificate: certificate + authority.pem, key: String(key) };
}

const ROGUES: [string, () => Promise<PemPair>][] = [
  ['one that signs for itself', async () => createAuthority('byo-gateway', new Date())],
  ['one of another CA, with our names', async () => issueGateway(world, await anotherAuthority())],
  [
    'one of another CA that shows our CA as well',
    async () => {
      const other = await anotherAuthority();
      return issueGateway(world, other, [other.pem, (await ourAuthority()).pem]);
    },
  ],
  [
    'one of another CA that shows our CA in its place',
    async () => issueGateway(world, await anotherAuthority(), [(await ourAuthority()).pem]),
  ],
  ['one of our CA without its chain', async () => issueGateway(world, await ourAuthority(), [])],
  ['a host of ours that plays the gateway', asHost],
];

test.each(ROGUES)('T8: %s is refused, and hears nothing', async (name, make) => {
  const at = ROGUES.findIndex(([other]) => other === name);
  const [host] = world.hosts;
  if (!host) throw new Error('no host');
  const rogue = await openRogue(world, asServer(await make()));
  const second = await makeSecond(host, `t08-${at}`, invitation.token);
  try {
    const { exitCode, stderr } = await enrollSecond(second, { ...invitation, gateway: rogue.address }, 5);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/presents no CA with the pin|no secure connection|interrupted/);
    expect(rogue.calls()).toBeGreaterThan(0);
    expect(rogue.heard()).toBe('');
    expect(await isEnrolled(second)).toBe(false);
  } finally {
    await rogue.close();
    await forgetSecond(second);
  }
});

test('T8: the real gateway is known by the same pin', async () => {
  const [host] = world.hosts;
  if (!host) throw new Error('no host');
  const second = await makeSecond(host, 't08-real', invitation.token);
  const { exitCode, stderr } = await enrollSecond(second, invitation);
  expect(stderr).toContain('is enrolled as');
  expect(exitCode).toBe(0);
  await forgetSecond(second);
  await world.kubectl.run(['delete', 'byohost', 't08']);
});
