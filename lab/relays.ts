// The one door through which hosts reach the management side: a relay process on the bridge, to the gateway's port on the
// loopback. Nothing else of the management side can be reached from a host, as behind a real gateway.
import { fileURLToPath } from 'node:url';
import { createConnection } from 'node:net';
import { ensureProcess, requireRunning } from './processes.ts';
import type { InstanceRecord } from './state.ts';
import { instanceDir } from './state.ts';
import { waitFor } from './wait.ts';

const RELAY = fileURLToPath(new URL('relay/main.ts', import.meta.url));

const NAME = 'relay-gateway';

/** Start the relay on the same port number. It waits for the bridge, and for what it leads to, by itself. */
export async function ensureRelay({ name, gateway, ports }: InstanceRecord): Promise<void> {
  const argv = [process.execPath, RELAY, `${gateway}:${ports.byoGateway}`, `127.0.0.1:${ports.byoGateway}`];
  await ensureProcess(instanceDir(name), { name: NAME, argv });
}

/** Wait until the relay takes connections on the bridge; needs a host that runs. */
export async function waitForRelay({ name, gateway, ports }: InstanceRecord): Promise<void> {
  const probe = async (): Promise<string | undefined> => {
    requireRunning(instanceDir(name), NAME);
    return probeTcp(gateway, ports.byoGateway);
  };
  await waitFor(`${NAME} on ${gateway}:${ports.byoGateway}`, probe, { timeoutMs: 30_000 });
}

async function probeTcp(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: 1000 });
    socket.on('connect', () => resolve(undefined));
    socket.on('connect', () => socket.destroy());
    socket.on('timeout', () => socket.destroy(new Error('no answer')));
    socket.on('error', (error) => resolve(error.message));
  });
}
