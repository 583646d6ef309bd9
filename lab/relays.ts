// The doors through which hosts reach what listens on this machine's loopback: one relay process each on the bridge.
import { fileURLToPath } from 'node:url';
import { createConnection } from 'node:net';
import { ensureProcess, requireRunning } from './processes.ts';
import type { InstanceRecord } from './state.ts';
import { instanceDir } from './state.ts';
import { waitFor } from './wait.ts';

const RELAY = fileURLToPath(new URL('relay/main.ts', import.meta.url));

/** Start the relays of what this instance has, on the same port numbers. They wait for the bridge by themselves. */
export async function ensureRelays(record: InstanceRecord): Promise<void> {
  for (const [name, port] of relayedPorts(record)) {
    const argv = [process.execPath, RELAY, `${record.gateway}:${port}`, `127.0.0.1:${port}`];
    await ensureProcess(instanceDir(record.name), { name, argv });
  }
}

/** Wait until every relay takes connections on the bridge; needs a host that runs. */
export async function waitForRelays(record: InstanceRecord): Promise<void> {
  for (const [name, port] of relayedPorts(record)) {
    const probe = async (): Promise<string | undefined> => {
      requireRunning(instanceDir(record.name), name);
      return probeTcp(record.gateway, port);
    };
    await waitFor(`${name} on ${record.gateway}:${port}`, probe, { timeoutMs: 30_000 });
  }
}

function relayedPorts(record: InstanceRecord): [string, number][] {
  const { controlPlane, temporal, ports } = record;
  return [
    ...(controlPlane ? [['relay-api-server', ports.apiServer] as [string, number]] : []),
    ...(temporal ? [['relay-temporal', ports.temporal] as [string, number]] : []),
  ];
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
