// The long-lived processes of an instance: each recorded before it starts and ended only by its proven identity.
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { hasCode } from '../common/system-error.ts';
import { findProcessesByEnvironment, identifyProcess, isRunning, processIdentity } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { spawnDetached, withoutProxies } from './spawn.ts';
import { writeFileAtomically } from './state.ts';
import { GiveUp } from './wait.ts';

/** Name of a process within its instance; names its record and its log. */
const processName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);

/** What to run: `env` is added to PATH, HOME and the like; nothing else is inherited. */
export type ProcessSpec = { name: string; argv: string[]; env?: Record<string, string>; cwd?: string };

const processRecord = z.object({
  name: processName,
  argv: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string()),
  cwd: z.string(),
  /** When it was first asked for, in ms: the order of starting, hence the reverse order of ending. */
  since: z.number(),
  /** Absent while the intent stands and the process is not known yet. */
  identity: processIdentity.optional(),
});
type ProcessRecord = z.infer<typeof processRecord>;

/** One process as it is now. */
export type ProcessStatus = { name: string; pid: number | undefined; running: boolean; argv: string[]; log: string };

const TAG = 'BYO_LAB_PROCESS';
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/** Start the process unless exactly this one runs; one that runs with other arguments is ended first. */
export async function ensureProcess(dir: string, spec: ProcessSpec): Promise<'started' | 'running'> {
  const known = readProcess(dir, spec.name);
  const wanted = { name: spec.name, argv: spec.argv, env: spec.env ?? {}, cwd: spec.cwd ?? dir };
  if (known && isSame(known, wanted) && findIdentity(dir, known)) return 'running';
  if (known) await stopProcess(dir, spec.name);
  mkdirSync(join(dir, 'logs'), { recursive: true, mode: 0o700 });
  const record: ProcessRecord = { ...wanted, since: Date.now() };
  writeProcess(dir, record);
  const pid = await spawnDetached({ ...wanted, env: environmentOf(dir, wanted), log: logFile(dir, spec.name) });
  const identity = identifyProcess(pid);
  if (!identity) throw new Error(`${spec.name} ended at once:\n${tailLog(dir, spec.name)}`);
  writeProcess(dir, { ...record, identity });
  return 'started';
}

/** End a process: TERM, then KILL after `graceMs` (10 s). Its record goes only once it is gone. */
export async function stopProcess(dir: string, name: string, graceMs = 10_000): Promise<void> {
  const record = readProcess(dir, name);
  if (!record) return;
  const identity = findIdentity(dir, record);
  if (identity) await endProcess(identity, graceMs);
  rmSync(processFile(dir, name), { force: true });
}

/** Kill a process without a word to it, keeping its record: the next `up` starts it again. */
export async function killProcess(dir: string, name: string): Promise<void> {
  const record = readProcess(dir, name);
  const identity = record && findIdentity(dir, record);
  if (identity) await endProcess(identity, 0);
}

/** Start a recorded process again with the arguments it had. Throws when there is no such record. */
export async function restartProcess(dir: string, name: string): Promise<void> {
  const record = readProcess(dir, name);
  if (!record)
    throw new Error(
      `no process ${name}; known: ${listProcesses(dir)
        .map((p) => p.name)
        .join(', ')}`,
    );
  await stopProcess(dir, name);
  await ensureProcess(dir, record);
}

/** Every recorded process, oldest first. */
export function listProcesses(dir: string): ProcessStatus[] {
  return readProcesses(dir).map((record) => {
    const identity = findIdentity(dir, record);
    const { name, argv } = record;
    return { name, argv, pid: identity?.pid, running: identity !== undefined, log: logFile(dir, name) };
  });
}

/** For waits: throws GiveUp, with the end of the log, when the process is not alive. */
export function requireRunning(dir: string, name: string): void {
  const record = readProcess(dir, name);
  if (record && findIdentity(dir, record)) return;
  throw new GiveUp(`${name} is not running; its log ${logFile(dir, name)} ends with:\n${tailLog(dir, name)}`);
}

/** File that takes both outputs of a process. */
export function logFile(dir: string, name: string): string {
  return join(dir, 'logs', `${processName.parse(name)}.log`);
}

/** The last lines of a log, at most 4 KiB. */
function tailLog(dir: string, name: string): string {
  if (!existsSync(logFile(dir, name))) return '(no log)';
  const file = openSync(logFile(dir, name), 'r');
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, 4096));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trimEnd();
  } finally {
    closeSync(file);
  }
}

/** The processes' environment holds the tag, so a process whose record was cut off by a crash is still found. */
function findIdentity(dir: string, record: ProcessRecord): ProcessIdentity | undefined {
  if (record.identity) return isRunning(record.identity) ? record.identity : undefined;
  return findProcessesByEnvironment(TAG, tagOf(dir, record.name)).at(0);
}

async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  const end = Date.now() + graceMs;
  signal(identity, graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
  while (isRunning(identity)) {
    if (Date.now() > end) signal(identity, 'SIGKILL');
    await delay(25);
  }
}

function signal(identity: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    // ESRCH: it ended between look and signal, which is what we wanted.
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

function environmentOf(dir: string, spec: Pick<ProcessRecord, 'name' | 'env'>): Record<string, string> {
  const own = Object.entries(withoutProxies(process.env)).filter(([name]) => INHERITED.includes(name));
  return { ...Object.fromEntries(own), NODE_NO_WARNINGS: '1', ...spec.env, [TAG]: tagOf(dir, spec.name) };
}

function isSame(a: Omit<ProcessRecord, 'since'>, b: Omit<ProcessRecord, 'since'>): boolean {
  return JSON.stringify([a.argv, a.env, a.cwd]) === JSON.stringify([b.argv, b.env, b.cwd]);
}

function tagOf(dir: string, name: string): string {
  return `${dir}/${name}`;
}

function readProcesses(dir: string): ProcessRecord[] {
  const folder = join(dir, 'processes');
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
  const records = files.flatMap((file) => readProcess(dir, file.slice(0, -'.json'.length)) ?? []);
  return records.toSorted((a, b) => a.since - b.since);
}

function readProcess(dir: string, name: string): ProcessRecord | undefined {
  if (!existsSync(processFile(dir, name))) return undefined;
  return processRecord.parse(JSON.parse(readFileSync(processFile(dir, name), 'utf8')));
}

function writeProcess(dir: string, record: ProcessRecord): void {
  mkdirSync(join(dir, 'processes'), { recursive: true, mode: 0o700 });
  writeFileAtomically(processFile(dir, record.name), `${JSON.stringify(record, null, 2)}\n`);
}

function processFile(dir: string, name: string): string {
  return join(dir, 'processes', `${processName.parse(name)}.json`);
}
