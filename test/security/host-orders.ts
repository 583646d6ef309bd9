// Orders to a real host, honest and bent: sealed with the controller's own key and given through Temporal, as a Temporal
// writer who had stolen it could. Nothing of what is sealed is checked here: that is the agent's to do.
import type { Client } from '@temporalio/client';
import { CompactEncrypt, CompactSign, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import type { OperationResult } from '../../api/activities.ts';
import { ByoHost } from '../../api/byo-host.ts';
import { hostQueueOf, SIGNING_KEY_SECRET, SYSTEM_NAMESPACE } from '../../api/names.ts';
import type { ReportedHost } from '../../api/report/reported-host.ts';
import { sealingKeyOf } from '../../common/claim/host-rules.ts';
import { parsePublicJwk } from '../../common/keys/jwk.ts';
import type { HostHandle } from '../../lab/index.ts';
import { waitFor } from '../../lab/wait.ts';
import { runOn } from '../integration/host/run-on.ts';
import { resultOf } from '../support/result-of.ts';
import { openTemporal, type World } from './world.ts';

const PrivateKey = z.looseObject({ kty: z.literal('EC'), d: z.string() });

/** A hand that gives orders to one host. `queue`, `sealing` and `hostID` are that host's. */
export type Hand = {
  world: World;
  host: HostHandle;
  hostID: string;
  queue: string;
  sealing: JWK;
  /** The controller's private key. */
  signing: JWK;
  client: Client;
  /** Runs a shell command on the host that must succeed; its trimmed output. */
  run(command: string): Promise<string>;
  close(): Promise<void>;
};

export type Claim = { incarnation: string; generation: number };
export type Wish = { verb: string; operation?: string; arguments?: object };

/** What lies in the clear beside a sealed order. */
export type Envelope = Claim & { verb: string; operation: string; sealed: string };

/** `machine` when another identity of a machine is meant than its first. */
export async function openHand(world: World, name: string, machine = name): Promise<Hand> {
  const host = world.hosts.find((one) => one.name === machine);
  if (!host) throw new Error(`the world has no ${machine}`);
  const known = ByoHost.parse(await world.kubectl.get(['byohost', name]));
  const key = sealingKeyOf(known);
  if (!key) throw new Error(`no sealing key of ${name} is pinned`);
  const temporal = await openTemporal(world);
  const { client } = temporal;
  const close = () => temporal.close();
  const { hostID } = known.spec;
  const sealing = await parsePublicJwk(key.jwk);
  const run = (command: string) => runOn(host, command);
  const signing = await readSigning(world);
  const hand = { world, host, hostID, queue: hostQueueOf(hostID), sealing, signing, client, run, close };
  await endOpenClaim(hand, known);
  return hand;
}

/** A test that failed may have left a claim behind that the cluster knows nothing of: it must not fail the next as well. */
async function endOpenClaim(hand: Hand, { spec, status }: ByoHost): Promise<void> {
  const open = status?.reported?.openClaim;
  if (!open || spec.claim?.generation === open.generation) return;
  await resetHost(hand, open, `reset#${Date.now()}`);
}

async function readSigning({ kubectl }: World): Promise<JWK> {
  const path = ['-n', SYSTEM_NAMESPACE, 'get', 'secret', SIGNING_KEY_SECRET, '-o', 'jsonpath={.data.current}'];
  const text = Buffer.from(await kubectl.run(path), 'base64').toString();
  return { ...PrivateKey.parse(JSON.parse(text)), kid: (await parsePublicJwk(text)).kid };
}

/** The payload of an order, not checked by anybody yet. */
export function stateOrder(hand: Hand, claim: Claim, wish: Wish): Envelope & Record<string, unknown> {
  const issuedAt = Math.floor(Date.now() / 1000);
  const { verb, operation = verb } = wish;
  return { hostID: hand.hostID, issuedAt, ...claim, ...wish, verb, operation, sealed: '' };
}

/** Signs whatever it is given and encrypts it, as `common/keys/sealing.ts` does for orders that are in order. */
export async function sealRaw(payload: object, keys: { signing: JWK; recipient: JWK }): Promise<string> {
  const signed = await new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', kid: keys.signing.kid ?? '' })
    .sign(await importJWK(keys.signing, 'ES256'));
  return encryptTo(keys.recipient, signed);
}

/** What anybody can do who knows the public key of a host. */
export async function encryptTo(recipient: JWK, text: string): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: recipient.kid ?? '' })
    .encrypt(await importJWK(recipient, 'ECDH-ES+A256KW'));
}

/** The order as the controller would seal it; `bend` changes what is inside of the seal. */
export async function makeEnvelope(hand: Hand, claim: Claim, wish: Wish, bend: object = {}): Promise<Envelope> {
  const { sealed: _, ...order } = stateOrder(hand, claim, wish);
  const sealed = await sealRaw({ ...order, ...bend }, { signing: hand.signing, recipient: hand.sealing });
  return { verb: order.verb, operation: order.operation, ...claim, sealed };
}

/** Starts an activity on the host's queue, once: what fails is not tried again. In an object, since it is a promise. */
export async function send(hand: Hand, type: string, input: unknown): Promise<{ result: Promise<OperationResult> }> {
  const handle = await hand.client.activity.start<OperationResult>(type, {
    id: `security-${crypto.randomUUID()}`,
    taskQueue: hand.queue,
    args: [input],
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '30 seconds',
    retry: { maximumAttempts: 1 },
  });
  return { result: resultOf(handle) };
}

/** Gives an honest order and waits for its end. */
export async function give(hand: Hand, claim: Claim, wish: Wish): Promise<OperationResult> {
  return (await send(hand, wish.verb, await makeEnvelope(hand, claim, wish))).result;
}

const Failure = z.object({ cause: z.object({ type: z.string().nullish(), message: z.string() }) });

/** Why something was not carried out. @throws Error when it was */
export async function refusalOf(work: Promise<unknown>): Promise<{ type: string; message: string }> {
  const [ended] = await Promise.allSettled([work]);
  if (ended.status === 'fulfilled') throw new Error(`it was carried out: ${JSON.stringify(ended.value)}`);
  const { cause } = Failure.parse(ended.reason);
  return { type: cause.type ?? '', message: cause.message };
}

export async function readReport({ world, host }: Hand): Promise<ReportedHost> {
  const { status } = ByoHost.parse(await world.kubectl.get(['byohost', host.name]));
  if (!status?.reported) throw new Error(`${host.name} has reported nothing`);
  return status.reported;
}

/** A claim that the host has not seen yet: its first order opens it. */
export async function newClaim(hand: Hand, incarnation: string): Promise<Claim> {
  return { incarnation, generation: (await readReport(hand)).generation + 1 };
}

/** Back to the host as it was; done when the host has said so. */
export async function resetHost(hand: Hand, claim: Claim, operation = 'reset'): Promise<void> {
  await give(hand, claim, { verb: 'reset', operation, arguments: { skipEtcdMemberRemoval: false } });
  const probe = async () => {
    const { openClaim, generation } = await readReport(hand);
    return openClaim === undefined && generation >= claim.generation ? undefined : JSON.stringify({ openClaim });
  };
  await waitFor('the report after the reset', probe, { timeoutMs: 30_000 });
}

export type WrittenFile = {
  path: string;
  content?: string;
  owner?: string;
  permissions?: string;
  encoding?: string;
  append?: boolean;
};

const SUCCEED = 'mkdir -p /run/cluster-api && echo success > /run/cluster-api/bootstrap-success.complete';

/** The order to carry out a document that only writes files and runs commands; it succeeds when the commands do. */
export function joinOf(files: WrittenFile[], commands: string[] = [], operation = 'join'): Wish {
  return joinText(
    `#cloud-config\n${JSON.stringify({ write_files: files, runcmd: [...commands, SUCCEED] })}\n`,
    operation,
  );
}

/** The order to carry out a document, whatever is in it. */
export function joinText(text: string, operation = 'join'): Wish {
  const metadata = { instanceId: 'security', providerId: 'byoh://security/1' };
  const document = Buffer.from(text).toString('base64');
  return { verb: 'join', operation, arguments: { format: 'cloud-config', document, metadata } };
}
