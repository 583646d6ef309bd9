// A controller that ends at every write to the API server, and is started again each time, as a Deployment would.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startProcess, type Instance } from '../../../lab/index.ts';
import { listProcesses } from '../../../lab/processes.ts';
import { FOLDER_VARIABLE, POINTS_VARIABLE } from './variables.ts';

const NAME = 'byo-controller';
const root = join(import.meta.dirname, '../../..');
const PRELOAD = join(import.meta.dirname, 'at-every-request.ts');
const LOOK_EVERY_MS = 50;

/** `disarm` leaves the controller as it was and answers the points that were met, in their order. */
export type ArmedController = { disarm(): Promise<string[]> };

/** `points`: which of `before …` and `after …` count (name-request.ts has the names). */
export async function armController(instance: Instance, points: RegExp): Promise<ArmedController> {
  const folder = join(instance.dir, 'controller-writes');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  const argv = listProcesses(instance.dir).find(({ name }) => name === NAME)?.argv;
  if (!argv) throw new Error(`instance ${instance.name} has no ${NAME}`);
  const env = {
    NODE_OPTIONS: `--import=${PRELOAD}`,
    [FOLDER_VARIABLE]: folder,
    [POINTS_VARIABLE]: points.source,
  };
  const end = new AbortController();
  const kept = keepAlive(instance, { name: NAME, argv, cwd: root, env }, end.signal);
  return {
    async disarm() {
      end.abort();
      await kept;
      await startProcess(instance, { name: NAME, argv, cwd: root });
      const file = join(folder, 'points');
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    },
  };
}

async function keepAlive(
  instance: Instance,
  spec: Parameters<typeof startProcess>[1],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await startProcess(instance, spec).catch((error: unknown) => {
      // It met its next point before it could be looked at.
      if (!/ended at once/.test(String(error))) throw error;
    });
    await delay(LOOK_EVERY_MS);
  }
}
