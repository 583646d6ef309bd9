// The controller's part of enrollment, wired: CA, gateway's Secret, public trust, and the server; kept up while it runs.
import { X509Certificate } from 'node:crypto';
import type { Server } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { TRUST_KEYS } from '../../api/names.ts';
import { describeError } from '../../common/errors.ts';
import { listenOptions, type HostPort } from '../../common/host-port.ts';
import type { Kube } from '../../common/kube/client.ts';
import type { Logger } from '../../common/log.ts';
import { caPinOf } from '../../common/pki/ca-pin.ts';
import { issueControllerCertificate } from '../../common/pki/issue.ts';
import type { PublicJwk } from '../../common/keys/jwk.ts';
import { publishTrust } from '../keys/trust.ts';
import type { EnrollmentDependencies } from './answer.ts';
import { isSpent } from './decide-gateway-secret.ts';
import { enroll } from './enroll.ts';
import { ensureAuthority, requireStored, type InstalledAuthorities } from './ensure-authority.ts';
import { ensureGatewaySecret } from './ensure-gateway-secret.ts';
import { createOneByOne } from '../../common/one-by-one.ts';
import { renew } from './renew.ts';
import { createEnrollmentServer } from './server.ts';

export type EnrollmentOptions = {
  kube: Kube;
  /** UID of kube-system: the installation of a CA that bears no id. */
  management: string;
  signers: readonly PublicJwk[];
  findHosts: EnrollmentDependencies['findHosts'];
  log: Logger;
  listen: { host: string; port: number };
  /** `host:port` under which hosts reach a gateway, for people and the command line; may be unknown. */
  gatewayAddress?: string | undefined;
  namespace?: string | undefined;
  clock?: () => Date;
  /** A CA is made also where hosts trust another, which is given up. */
  newInstallation?: boolean | undefined;
  /** Runs what needs the trust, and hears whether that is lost. */
  watchTrust?: (use: () => Promise<void>) => Promise<void>;
};

/** How often certificates and the gateway's Secret are looked after. */
const CARE_MS = 60_000;

export type Enrollment = { port: number; authorities: InstalledAuthorities; stop: () => Promise<void> };

/** Serves until `stop`. Rejects when the API server cannot be asked or the address cannot be listened on. */
export async function runEnrollment(options: EnrollmentOptions): Promise<Enrollment> {
  const { kube, management, log, listen } = options;
  const clock = options.clock ?? (() => new Date());
  const authorities = await ensureAuthority(kube, management, options);
  await publishTrust(kube, {
    [TRUST_KEYS.authorities]: authorities.certificates.join(''),
    [TRUST_KEYS.pin]: caPinOf(authorities.current.pem),
    [TRUST_KEYS.gateway]: options.gatewayAddress,
  });
  await ensureGatewaySecret(kube, { authorities, now: clock() });
  const deps = { ...options, authorities, clock, oneByOne: createOneByOne() };
  const handlers = { enroll: (text: string) => enroll(deps, text), renew: (text: string) => renew(deps, text) };
  let tls = await makeTls(authorities, clock());
  const server = createEnrollmentServer({ installation: authorities.installation, handlers, log }, tls);
  const { watchTrust = (use) => use() } = options;
  const care = async () => {
    await watchTrust(() => requireStored(kube, authorities));
    await ensureGatewaySecret(kube, { authorities, now: clock() });
    if (!isSpent(new X509Certificate(tls.cert), clock())) return;
    tls = await makeTls(authorities, clock());
    server.setSecureContext(tls);
  };
  const port = await listenOn(server, listen);
  return { port, authorities, stop: stopper(server, startCaring(care, log)) };
}

/** The controller's own certificate lives in memory alone: each process makes its own. */
async function makeTls({ current, certificates, installation }: InstalledAuthorities, now: Date) {
  const pair = await issueControllerCertificate(current, { installation, now });
  return {
    cert: pair.certificate,
    key: pair.key,
    ca: certificates,
    minVersion: 'TLSv1.3',
  } satisfies SecureContextOptions;
}

function startCaring(care: () => Promise<void>, log: Logger): NodeJS.Timeout {
  return setInterval(() => {
    // Half of each certificate's life is left to get over whatever this is.
    care().catch((error: unknown) => log.warn({ error: describeError(error) }, 'certificates were not looked after'));
  }, CARE_MS);
}

function listenOn(server: Server, at: HostPort): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(listenOptions(at), () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : at.port);
    });
  });
}

function stopper(server: Server, caring: NodeJS.Timeout): () => Promise<void> {
  return () => {
    clearInterval(caring);
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    server.closeAllConnections();
    return closed;
  };
}
