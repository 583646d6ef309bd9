// Many hosts at once, from one enrollment as a user makes it, and their end.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { GATEWAY_PATHS } from '../../api/gateway.ts';
import { CLUSTER } from '../../harness/cluster.ts';
import { runByo } from '../../harness/hosts.ts';
import { waitFor } from '../../lab/wait.ts';
import {
  becomeHost,
  call,
  enrollBody,
  makeKeys,
  openStranger,
  type Answer,
  type Keys,
  type LightHost,
} from './light-host.ts';
import type { World } from './world.ts';

export const { namespace: NAMESPACE } = CLUSTER;

/** A name that an earlier run on the same world has not used. */
export const unique = (name: string): string => `${name}-${randomBytes(3).toString('hex')}`;

export type EnrollmentWish = { hosts?: number; ttl?: string; labels?: Record<string, string> };

const Printed = z.object({ token: z.string() });

/** The token that `byo enroll create` prints. */
export async function openEnrollment(
  world: World,
  name: string,
  wish: EnrollmentWish = {},
): Promise<{ token: string }> {
  const { hosts = 1, ttl = '1h', labels = {} } = wish;
  const granted = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  const args = ['enroll', 'create', name, '-n', NAMESPACE, '--hosts', String(hosts), '--ttl', ttl, '-o', 'json'];
  return Printed.parse(JSON.parse(await runByo(world.instance, [...args, ...granted])));
}

export type Stranger = Awaited<ReturnType<typeof openStranger>>;

/** Sends an enrollment, again while the gateway or the controller has too much to do: the answer is theirs, not a limit's. */
export async function sendPatiently(world: World, body: unknown, path: string = GATEWAY_PATHS.enroll): Promise<Answer> {
  return sendAs(await openStranger(world), body, path);
}

/** The same by a stranger that stands ready: many of them really send at once. */
export async function sendAs(stranger: Stranger, body: unknown, path: string = GATEWAY_PATHS.enroll): Promise<Answer> {
  let answer: Answer = { status: 0, headers: {}, body: '' };
  const probe = async () => {
    answer = await call(stranger, { method: 'POST', path, body });
    return answer.status === 429 || answer.status === 503 ? `${answer.status}: ${answer.body}` : undefined;
  };
  await waitFor('an answer to an enrollment', probe, { timeoutMs: 60_000, everyMs: 200 });
  return answer;
}

/** @throws Error with the refusal */
export async function enrollPatiently(world: World, token: string, keys: Keys, hostname = 'light'): Promise<LightHost> {
  const stranger = await openStranger(world);
  const body = await enrollBody(token, keys, hostname);
  const answer = await sendPatiently(world, body);
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body}`);
  return becomeHost(stranger, keys, { request: body.request, answer: answer.body });
}

/** So many hosts, named after `name`. */
export async function enrollMany(world: World, name: string, count: number): Promise<LightHost[]> {
  const { token } = await openEnrollment(world, unique(name), { hosts: count });
  const names = Array.from({ length: count }, (_, i) => unique(`${name}-${i}`));
  return Promise.all(names.map(async (hostname) => enrollPatiently(world, token, await makeKeys(), hostname)));
}

/** Takes hosts out of the world, so that nobody's machine is given to one that only pretends to be there. */
export async function forgetHosts({ kubectl }: World, hosts: LightHost[]): Promise<void> {
  const names = hosts.map(({ identity }) => identity.name);
  if (names.length === 0) return;
  await kubectl.run(['-n', NAMESPACE, 'delete', 'byohost', '--ignore-not-found', '--wait=false', ...names]);
}

/** Two hosts that have nothing to do with each other. */
export async function enrollPair(world: World, name: string): Promise<[LightHost, LightHost]> {
  const [a, b] = await enrollMany(world, name, 2);
  if (!a || !b) throw new Error('unreachable: two were asked for');
  return [a, b];
}
