// A bad link below TCP between one host and the gateway: put up, shaped, cut, healed and asked. It is a process of the
// instance (`link-host1`), ended with it; while nothing is asked of it, it is a good link.
import { join } from 'node:path';
import { z } from 'zod';
import type { Instance } from '../describe-instance.ts';
import type { HostHandle } from '../host-handle.ts';
import { ensureParts } from '../parts/index.ts';
import { openPodman } from '../podman.ts';
import { ensureProcess, requireRunning, stopProcess } from '../processes.ts';
import { readRecord } from '../state.ts';
import { waitFor } from '../wait.ts';
import { askLink } from './ask-link.ts';
import { cutCommand, shapeCommand, type CutWay, type LinkCommand, type LinkState, type Shape } from './link-state.ts';
import { planLink, putUp, type LinkPlace } from './put-up.ts';

/** The link of one host; each deed answers with the state after it. */
export type HostLink = {
  /** The host's address on it: the gateway sees this host by it. */
  address: string;
  /** As bad as this, each way; what is left out is good, and a cut stays. The same seed draws the same chances again. */
  shape(shape: Shape, seed?: number): Promise<LinkState>;
  /** Cut without a word, packets under way included; the other way is healed where only one is named. */
  cut(way?: CutWay): Promise<LinkState>;
  /** No cut any more; the shape stays. */
  heal(): Promise<LinkState>;
  stats(): Promise<LinkState>;
};

type At = { instance: Instance; host: HostHandle };

/**
 * The host's link, put up unless it is there. Ask again after the host has started again: it has a new network then, and
 * the link, as bad as it was, is put below that. A connection from before does not go over it and falls silent.
 * @throws Error when the host does not run, or is a machine
 */
export async function ensureLink(at: At): Promise<HostLink> {
  const { instance, host } = at;
  if (host.kind === 'machine')
    throw new Error(`${host.name} is a machine: use netem of its own kernel (tc qdisc … netem)`);
  const place = placeOf(at);
  const program = (await ensureParts({ only: ['link'], onProgress: () => {} })).binary('link');
  const { hostDevice, machineDevice, address } = place;
  const devices = ['-host', hostDevice, '-machine', machineDevice, '-address', address];
  const argv = [program, ...devices, '-control', socketOf(at)];
  await ensureProcess(instance.dir, { name: processOf(host), argv });
  const ask = (command: LinkCommand): Promise<LinkState> => askLink(socketOf(at), command);
  await waitUntilUp(at, place, ask);
  return {
    address,
    shape: (shape, seed) => ask(shapeCommand(shape, seed)),
    cut: (way = 'both') => ask(cutCommand(way)),
    heal: () => ask(cutCommand('none')),
    stats: () => ask({}),
  };
}

/** Takes the link away: the host reaches the gateway as before. Silent when there is none. */
export async function removeLink({ instance, host }: At): Promise<void> {
  await stopProcess(instance.dir, processOf(host));
}

/** Devices that were just made, and those made anew after a power loss, come a moment later. */
async function waitUntilUp(at: At, place: LinkPlace, ask: (command: LinkCommand) => Promise<LinkState>): Promise<void> {
  const pid = await pidOf(at);
  const probe = async (): Promise<undefined> => {
    requireRunning(at.instance.dir, processOf(at.host));
    await ask({});
    await putUp(place, pid);
  };
  await waitFor(`the link of ${at.host.name}`, probe, { timeoutMs: 10_000 });
}

async function pidOf({ instance, host }: At): Promise<number> {
  const podman = openPodman(instance.parts.podmanEnvironment);
  const pid = Number(await podman.run(['container', 'inspect', '-f', '{{.State.Pid}}', host.hostname]));
  if (pid > 0) return pid;
  throw new Error(`${host.name} does not run: a link needs its network; start it first`);
}

function placeOf({ instance, host }: At): LinkPlace {
  const record = readRecord(instance.name);
  if (!record) throw new Error(`instance ${instance.name} is gone`);
  const { index, gateway, ports } = record;
  return planLink({ index, hostAddress: host.address, gateway, port: ports.byoGateway });
}

const hostNumber = z.string().regex(/^host\d+$/);
const processOf = ({ name }: HostHandle): string => `link-${hostNumber.parse(name)}`;
const socketOf = ({ instance, host }: At): string => join(instance.dir, `${processOf(host)}.sock`);
