// Which subnet and ports an instance gets, so that several run side by side; pure but for the question "is it free?".
import { createServer } from 'node:net';
import { z } from 'zod';

/** Every port an instance listens on; the order gives the offset, so only ever append. */
export const PORT_NAMES = [
  'etcd',
  'etcdPeer',
  'apiServer',
  'controllerManager',
  'temporal',
  'temporalUi',
  'temporalHttp',
  'temporalMetrics',
  'coreWebhook',
  'coreHealth',
  'coreDiagnostics',
  'bootstrapWebhook',
  'bootstrapHealth',
  'bootstrapDiagnostics',
  'controlPlaneWebhook',
  'controlPlaneHealth',
  'controlPlaneDiagnostics',
  'byoGateway',
  'byoEnrollment',
] as const;
export type PortName = (typeof PORT_NAMES)[number];
export type Ports = Record<PortName, number>;

/** The same as a schema, for the record on disk: all follow from the first, so that a record of another version is read. */
export const portsSchema = z.looseObject({ etcd: z.int().positive() }).transform(({ etcd }) => portsFrom(etcd));

const FIRST_PORT = 20_000;
const PORTS_PER_INSTANCE = 40;
/** The last index whose ports stay below 32768, where Linux begins to hand out ports by itself. */
export const LAST_INDEX = 250;

/** Addresses and ports that belong to an index: subnet 10.90.<index>.0/24, ports from 20000 + 40 × index. */
export function planIndex(index: number): { subnet: string; gateway: string; ports: Ports } {
  const base = FIRST_PORT + PORTS_PER_INSTANCE * index;
  return { subnet: `10.90.${index}.0/24`, gateway: `10.90.${index}.1`, ports: portsFrom(base) };
}

function portsFrom(base: number): Ports {
  const ports = Object.fromEntries(PORT_NAMES.map((name, offset) => [name, base + offset]));
  return z.record(z.enum(PORT_NAMES), z.int()).parse(ports);
}

/** The address of the nth host (from 1) of an index: .11, .12, … */
export function hostAddress(index: number, nth: number): string {
  return `10.90.${index}.${10 + nth}`;
}

/** The lowest index that no instance holds and that `isFree` allows. Throws when all are taken. */
export async function chooseIndex(taken: number[], isFree: (index: number) => Promise<boolean>): Promise<number> {
  for (let index = 1; index <= LAST_INDEX; index += 1) {
    if (!taken.includes(index) && (await isFree(index))) return index;
  }
  throw new Error(`no free subnet 10.90.x.0/24 with free ports: end an instance first (lab list, lab down)`);
}

/** Whether something on this machine already has an address or a route in 10.90.<index>.0/24. `routes`: `ip route` lines. */
export function overlapsRoutes(index: number, routes: string[]): boolean {
  return routes.some((line) => line.startsWith(`10.90.${index}.`));
}

/** Whether every port can be listened on, on all addresses of this machine. */
export async function arePortsFree(ports: Ports): Promise<boolean> {
  const free = await Promise.all(Object.values(ports).map(isPortFree));
  return free.every(Boolean);
}

async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
