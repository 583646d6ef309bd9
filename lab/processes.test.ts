// Real processes: started once, found again after a lost record, ended only by their own identity.
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identifyProcess, isRunning, parseStat } from './process-identity.ts';
import { ensureProcess, killProcess, listProcesses, requireRunning, restartProcess, stopProcess } from './processes.ts';
import { waitFor } from './wait.ts';

const SLEEP = { name: 'sleeper', argv: ['sleep', '600'] };
let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lab-processes-'));
});

afterEach(async () => {
  for (const { name } of listProcesses(dir)) await stopProcess(dir, name);
  rmSync(dir, { recursive: true });
});

test('asking twice starts once; other arguments replace the process', async () => {
  expect(await ensureProcess(dir, SLEEP)).toBe('started');
  const [first] = listProcesses(dir);
  expect(await ensureProcess(dir, SLEEP)).toBe('running');
  expect(listProcesses(dir)).toEqual([first]);
  expect(await ensureProcess(dir, { ...SLEEP, argv: ['sleep', '601'] })).toBe('started');
  expect(listProcesses(dir)[0]?.pid).not.toBe(first?.pid);
  expect(identifyProcess(first?.pid ?? 0)).toBeUndefined();
});

test('a process whose identity was never written is found by its environment and ended', async () => {
  await ensureProcess(dir, SLEEP);
  const file = join(dir, 'processes', 'sleeper.json');
  const { identity, ...intent } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(intent));
  expect(listProcesses(dir)[0]?.pid).toBe(identity.pid);
  await stopProcess(dir, 'sleeper');
  expect(isRunning(identity)).toBe(false);
  expect(readdirSync(join(dir, 'processes'))).toEqual([]);
});

test('a reused pid is never signalled', async () => {
  await ensureProcess(dir, SLEEP);
  const file = join(dir, 'processes', 'sleeper.json');
  const record = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...record, identity: { ...record.identity, startTime: '1' } }));
  await stopProcess(dir, 'sleeper');
  expect(isRunning(record.identity)).toBe(true);
  process.kill(record.identity.pid);
});

test('a process that ignores TERM is killed after its grace', async () => {
  const script = 'trap "" TERM; echo ready; while :; do sleep 1; done';
  await ensureProcess(dir, { name: 'stubborn', argv: ['sh', '-c', script] });
  const log = join(dir, 'logs', 'stubborn.log');
  const ready = async (): Promise<string | undefined> =>
    Promise.resolve(readFileSync(log, 'utf8') === 'ready\n' ? undefined : 'not ready');
  await waitFor('trap set', ready, { timeoutMs: 5000, everyMs: 10 });
  const pid = listProcesses(dir)[0]?.pid ?? 0;
  await stopProcess(dir, 'stubborn', 100);
  expect(identifyProcess(pid)).toBeUndefined();
});

test('a killed process keeps its record, so that it can be started again as it was', async () => {
  await ensureProcess(dir, SLEEP);
  await killProcess(dir, 'sleeper');
  expect(listProcesses(dir)[0]?.running).toBe(false);
  expect(() => requireRunning(dir, 'sleeper')).toThrow('sleeper is not running');
  await restartProcess(dir, 'sleeper');
  expect(listProcesses(dir)[0]).toMatchObject({ running: true, argv: SLEEP.argv });
  await expect(restartProcess(dir, 'nobody')).rejects.toThrow('known: sleeper');
});

test('a process inherits neither proxies nor anything unasked, and its log is private', async () => {
  process.env['HTTPS_PROXY'] = 'http://proxy.example';
  process.env['SECRET_OF_THE_SHELL'] = 'x';
  await ensureProcess(dir, { name: 'env', argv: ['sh', '-c', 'env; sleep 600'], env: { GREETING: 'hello' } });
  const log = join(dir, 'logs', 'env.log');
  const printed = async (): Promise<string | undefined> =>
    Promise.resolve(readFileSync(log, 'utf8').includes('GREETING=hello') ? undefined : 'not yet');
  await waitFor('environment printed', printed, { timeoutMs: 5000, everyMs: 10 });
  expect(readFileSync(log, 'utf8')).not.toMatch(/PROXY|SECRET_OF_THE_SHELL/);
  expect(statSync(log).mode & 0o777).toBe(0o600);
});

test('brackets and spaces in a command name do not confuse its start time', () => {
  const fields = ['S', '7', ...Array.from({ length: 17 }, () => '0'), '4711', '0'];
  expect(parseStat(`12 (a) b (c) ${fields.join(' ')}`)).toMatchObject({ state: 'S', parent: 7, startTime: '4711' });
  expect(parseStat('')).toBeUndefined();
});
