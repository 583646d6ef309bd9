// The files of one transient unit: script, environment, output, the record of its start and its durable exit status.
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { removeFileDurably, writeFileDurably } from '../../common/durable-file.ts';
import { isMissing } from '../../common/system-error.ts';
import type { UnitCommand } from './host.ts';
import { UNIT_WRAPPER, environmentFile, interpreterOf } from './unit-wrapper.ts';

const TAIL_BYTES = 4096;

/** Written before the unit is started: in the same boot its absence from systemd means that it never was. */
const StartRecord = z.object({ boot: z.string(), startedAt: z.string() });
export type StartRecord = z.infer<typeof StartRecord>;

/** Where the files are kept: `disk` outlives the boot, `memory` (tmpfs) holds whatever may be secret. */
export type UnitFolders = { disk: string; memory: string };

type Contents = { script: string; environment: string; output: string };

/** Exit status and start are on disk always; script, environment and output where secrets are allowed to be. */
export type UnitPaths = { start: string; begun: string; exit: string; open: Contents; secret: Contents };

/** The files of the unit of this (escaped) name. */
export function unitPathsOf(folders: UnitFolders, name: string): UnitPaths {
  const contentsIn = (folder: string): Contents => ({
    script: join(folder, `${name}.script`),
    environment: join(folder, `${name}.env`),
    output: join(folder, `${name}.log`),
  });
  const exit = join(folders.disk, `${name}.exit`);
  const start = join(folders.disk, `${name}.start`);
  return { start, begun: `${exit}.begun`, exit, open: contentsIn(folders.disk), secret: contentsIn(folders.memory) };
}

/** Writes everything a start needs, the record of the start last; answers the command line of the unit. */
export async function prepareUnit(
  folders: UnitFolders,
  paths: UnitPaths,
  command: UnitCommand,
  boot: string,
): Promise<string[]> {
  const interpreter = interpreterOf(command.script);
  const contents = command.secret ? paths.secret : paths.open;
  for (const folder of [folders.disk, folders.memory]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const wrapper = join(folders.disk, 'run-unit');
  await writeFileDurably(wrapper, UNIT_WRAPPER, { mode: 0o700 });
  await writeFileDurably(contents.script, command.script, { mode: 0o700 });
  await writeFileDurably(contents.environment, environmentFile(command.environment ?? {}), { mode: 0o600 });
  // Made here and only appended to by the unit: systemd's own `append:` would make it 0644 (seen).
  await writeFile(contents.output, '', { mode: 0o600 });
  const record: StartRecord = { boot, startedAt: new Date().toISOString() };
  await writeFileDurably(paths.start, JSON.stringify(record), { mode: 0o600 });
  return ['/bin/sh', wrapper, contents.environment, contents.output, paths.exit, ...interpreter, contents.script];
}

export async function readStart(paths: UnitPaths): Promise<StartRecord | undefined> {
  const text = await readText(paths.start);
  return text === undefined ? undefined : StartRecord.parse(JSON.parse(text));
}

/** The wrapper has got as far as the script, in whatever boot. */
export async function hasBegun(paths: UnitPaths): Promise<boolean> {
  return (await readText(paths.begun)) !== undefined;
}

/** The durable exit status; undefined while there is none. */
export async function readExit(paths: UnitPaths): Promise<number | undefined> {
  const text = (await readText(paths.exit))?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** For a unit that could not write its own. */
export function writeExit(paths: UnitPaths, exitCode: number): Promise<void> {
  return writeFileDurably(paths.exit, `${exitCode}\n`, { mode: 0o600 });
}

/** The last 4 KiB of the output; empty once it was erased. */
export async function readTail(paths: UnitPaths): Promise<string> {
  return (await readEnd(paths.secret.output)) ?? (await readEnd(paths.open.output)) ?? '';
}

/** Erases script, environment and output that may hold secrets; a crash in between leaves the rest to the next call. */
export async function eraseSecrets(paths: UnitPaths): Promise<void> {
  for (const path of Object.values(paths.secret)) await rm(path, { force: true });
}

/** Erases everything, the start last: with it gone the unit never was. */
export async function eraseUnit(paths: UnitPaths): Promise<void> {
  await eraseSecrets(paths);
  for (const path of Object.values(paths.open)) await rm(path, { force: true });
  for (const path of [paths.exit, paths.begun, paths.start]) await removeFileDurably(path);
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function readEnd(path: string): Promise<string | undefined> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
