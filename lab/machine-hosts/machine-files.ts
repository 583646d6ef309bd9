// Where everything of one machine lives, below the folder of its instance, and what it is started with.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { machineSystems, type MachineSystem } from '../parts/machine-systems.ts';
import { instanceDir, writeFileAtomically } from '../state.ts';
import type { HostRecord, InstanceRecord } from '../state.ts';

const isSystem = (name: unknown): name is MachineSystem => typeof name === 'string' && name in machineSystems;

/** A machine as it is switched on; `clock` in seconds, so far off the clock of the machine that it runs on. */
const machineSettings = z.object({
  hostname: z.string(),
  kernel: z.string(),
  memoryMib: z.int().positive(),
  processors: z.int().positive(),
  address: z.ipv4(),
  gateway: z.ipv4(),
  tap: z.string(),
  mac: z.string(),
  key: z.string(),
  dns: z.ipv4(),
  bundleDir: z.string().optional(),
  clock: z.int(),
  system: z.custom<MachineSystem>(isSystem),
});
export type MachineSettings = z.infer<typeof machineSettings>;

/** Paths of one machine. `uml` is emptied by the kernel itself: nothing else may be in it. */
export type MachineFiles = { folder: string; disk: string; settings: string; console: string; uml: string };

/** Where it lives; nothing is made. */
export function filesOf(folder: string): MachineFiles {
  return {
    folder,
    disk: join(folder, 'disk.img'),
    settings: join(folder, 'settings.json'),
    console: join(folder, 'console.log'),
    uml: join(folder, 'uml'),
  };
}

/** The folder of one host's machine. */
export function machineFolder(record: InstanceRecord, host: HostRecord): string {
  return join(instanceDir(record.name), 'machines', host.name);
}

/** What a machine is started with; undefined when there is none. */
export function readSettings(files: MachineFiles): MachineSettings | undefined {
  if (!existsSync(files.settings)) return undefined;
  return machineSettings.parse(JSON.parse(readFileSync(files.settings, 'utf8')));
}

/** Whole or not at all; holds from the next start on. */
export function writeSettings(files: MachineFiles, settings: MachineSettings): void {
  mkdirSync(files.folder, { recursive: true, mode: 0o700 });
  writeFileAtomically(files.settings, `${JSON.stringify(settings, null, 2)}\n`);
}
