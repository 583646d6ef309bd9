// A gateway that runs for one test file, with two hosts that it has admitted.
import { rm } from 'node:fs/promises';
import { vi } from 'vitest';
import { GATEWAY_PATHS, Problem } from '../../../api/gateway.ts';
import { ask, type Answer, type Ask, type Line } from './client.ts';
import { createHost, createWorld, startGateway, writeSecret, type Host, type World } from './world.ts';

export const put = (path: string, json?: unknown): Ask => ({ method: 'PUT', path, json });
export const problemOf = ({ body }: Answer): Problem => Problem.parse(JSON.parse(body.toString('utf8')));

/** Started before there is a Secret, as in a new management cluster. */
export async function startRunning() {
  const world = await createWorld();
  const gateway = startGateway(world);
  await gateway.waitFor('which the controller makes, is not ready');
  await writeSecret(world);
  const port = Number(JSON.parse(await gateway.waitFor('gateway runs')).port);
  let last = 1;
  /** Each connection comes from an address of its own, so that tests do not share a rate. */
  const line = (holder?: Line['holder']): Line => {
    last += 1;
    const from = `127.0.1.${last}`;
    return { port, trust: world.authority.pem, from, ...(holder ? { holder } : {}) };
  };
  /** A host that the gateway knows. */
  const newHost = async (name: string): Promise<Host> => {
    const host = await createHost(world, name);
    await vi.waitFor(
      async () => {
        const { status } = await ask(line(host), put(GATEWAY_PATHS.lease));
        if (status !== 200) throw new Error(`${name} is answered ${status}`);
      },
      { timeout: 20_000, interval: 200 },
    );
    return host;
  };
  const stop = () => gateway.stop().then(() => clearAway(world));
  return { world, gateway, port, line, newHost, stop, a: await newHost('a'), b: await newHost('ba') };
}

async function clearAway({ controller, bundles }: World): Promise<void> {
  controller.close();
  await rm(bundles, { recursive: true });
}
