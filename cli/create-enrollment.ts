// `byo enroll create`: the enrollment, its Secret, and the one time that the token is seen.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import type { ByoHostEnrollment } from '../api/byo-host-enrollment.ts';
import {
  API_VERSION,
  ENROLLMENT_SECRET_KEY,
  ENROLLMENT_SECRET_TYPE,
  enrollmentSecretOf,
  SYSTEM_NAMESPACE,
  TRUST_CONFIG_MAP,
  TRUST_KEYS,
} from '../api/names.ts';
import { createToken } from '../common/enrollment/token.ts';
import { describeRevoked, isRevoked } from '../common/claim/host-rules.ts';
import type { Kube } from '../common/kube/client.ts';
import { BYO_HOST_ENROLLMENTS, BYO_HOSTS, CONFIG_MAPS, pathOf, SECRETS } from '../common/kube/resources.ts';
import { UsageError } from './usage-error.ts';

export type CreateOptions = {
  namespace: string;
  name: string;
  hosts: number;
  ttlMs: number;
  labels?: Record<string, string> | undefined;
  hostName?: string | undefined;
  failureDomain?: string | undefined;
  replace?: string | undefined;
  /** The host to replace may be one that was revoked. */
  revoked?: boolean | undefined;
  gateway?: string | undefined;
  /** File of the agent package that the machine will get. */
  agentPackage?: string | undefined;
};

/** What is shown once. `command` is a shell command for the host with the token in it, given on standard input. */
export type Created = {
  namespace: string;
  name: string;
  expiresAt: string;
  gateway: string;
  caPin: string;
  token: string;
  command: string;
  /** What the machine must find when it hashes the package. */
  agentPackage?: { name: string; sha256: string };
};

/** Reads everything that is needed first, so that nothing is made for a command that cannot be printed. */
export async function createEnrollment(kube: Kube, options: CreateOptions): Promise<Created> {
  const { gateway, caPin } = await readTrust(kube, options.gateway);
  const { namespace, name, agentPackage: file } = options;
  const agentPackage = file === undefined ? undefined : { name: basename(file), sha256: await hashFile(file) };
  await checkReplaced(kube, options);
  const { text: token, macKey } = createToken(namespace, name);
  const now = await readServerTime(kube, bodyOf(options, Date.now()));
  const enrollment = await kube.create(BYO_HOST_ENROLLMENTS, bodyOf(options, now), namespace);
  await createSecret(kube, enrollment, macKey);
  const { expiresAt } = enrollment.spec;
  const command = commandOf({ gateway, caPin, token });
  return { namespace, name, expiresAt, gateway, caPin, token, command, ...(agentPackage && { agentPackage }) };
}

/** What the controller would refuse is said before a token is made for it. */
async function checkReplaced(kube: Kube, { namespace, replace, revoked }: CreateOptions): Promise<void> {
  if (replace === undefined) {
    if (revoked) throw new UsageError('--revoked says more of a host to replace', 'Name it: --replace HOST');
    return;
  }
  const host = await kube.find(BYO_HOSTS, { namespace, name: replace });
  if (!host) {
    throw new UsageError(`there is no ByoHost ${namespace}/${replace} to replace`, 'See `byo host list -n NAMESPACE`');
  }
  if (revoked || !isRevoked(host)) return;
  const { message, remedy } = describeRevoked(host);
  throw new UsageError(message, remedy);
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest('hex');
}

async function readTrust(kube: Kube, given: string | undefined): Promise<{ gateway: string; caPin: string }> {
  const where = { namespace: SYSTEM_NAMESPACE, name: TRUST_CONFIG_MAP };
  const data = (await kube.find(CONFIG_MAPS, where))?.data ?? {};
  const caPin = data[TRUST_KEYS.pin];
  const gateway = given ?? data[TRUST_KEYS.gateway];
  if (caPin === undefined) {
    const remedy = 'Start the controller with --enrollment-listen HOST:PORT; it makes the CA and publishes its pin';
    throw new UsageError(`ConfigMap ${SYSTEM_NAMESPACE}/${TRUST_CONFIG_MAP} has no ${TRUST_KEYS.pin}`, remedy);
  }
  if (gateway !== undefined) return { gateway, caPin };
  const remedy = 'Give it: --gateway HOST:PORT; or for good, to the controller: --gateway-address HOST:PORT';
  throw new UsageError('the address of the gateway is not known', remedy);
}

const Stamped = z.object({ metadata: z.object({ creationTimestamp: z.iso.datetime({ offset: true }) }) });

/**
 * Milliseconds since the epoch by the API server, which puts them on what it would make: the token's end is judged on that
 * side, and a clock of this machine that is hours behind would print a token that has ended already.
 */
async function readServerTime(kube: Kube, body: ReturnType<typeof bodyOf>): Promise<number> {
  const { apiVersion, kind } = BYO_HOST_ENROLLMENTS;
  const path = pathOf(BYO_HOST_ENROLLMENTS, { namespace: body.metadata.namespace });
  const query = { dryRun: 'All' };
  const stamped = await kube.transport.request({ method: 'POST', path, query, body: { apiVersion, kind, ...body } });
  return Date.parse(Stamped.parse(stamped).metadata.creationTimestamp);
}

function bodyOf(options: CreateOptions, now: number) {
  const { namespace, name, hosts, ttlMs, labels, hostName, failureDomain, replace, revoked } = options;
  const expiresAt = new Date(now + ttlMs).toISOString();
  const optional = {
    ...(labels && { labels }),
    ...(hostName && { hostName }),
    ...(failureDomain && { failureDomain }),
    ...(replace && { replaceHost: replace }),
    ...(revoked && { replaceRevoked: true }),
  };
  return { metadata: { namespace, name }, spec: { hosts, expiresAt, ...optional } };
}

/** Holds what the token can be checked by, never the token; goes with its enrollment. */
async function createSecret(kube: Kube, { metadata }: ByoHostEnrollment, macKey: Buffer): Promise<void> {
  const { namespace, name, uid } = metadata;
  const ownerReferences = [{ apiVersion: API_VERSION, kind: BYO_HOST_ENROLLMENTS.kind, name, uid }];
  const data = { [ENROLLMENT_SECRET_KEY]: Buffer.from(macKey.toString('base64url')).toString('base64') };
  const body = {
    metadata: { namespace, name: enrollmentSecretOf(name), ownerReferences },
    type: ENROLLMENT_SECRET_TYPE,
    data,
  };
  try {
    await kube.create(SECRETS, body, namespace);
  } catch (error) {
    // An enrollment without its Secret admits nobody: it must not stand in the way of the next try.
    await kube.delete(BYO_HOST_ENROLLMENTS, { namespace, name }, { uid });
    throw error;
  }
}

/** The token goes in on standard input: an argument or the environment can be read by every user of the host. */
function commandOf({ gateway, caPin, token }: { gateway: string; caPin: string; token: string }): string {
  return `byo-agent enroll --gateway ${gateway} --ca-pin ${caPin} --token-file - <<'TOKEN'\n${token}\nTOKEN`;
}
