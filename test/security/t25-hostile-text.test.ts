// T25: a host puts hostile text into what people and programs read: ANSI, HTML, newlines, megabytes, lines of a log.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { GATEWAY_PATHS } from '../../api/gateway.ts';
import { ReportedHost } from '../../api/report/reported-host.ts';
import { logFile } from '../../lab/processes.ts';
import { waitFor } from '../../lab/wait.ts';
import { reportedHost } from '../support/builders.ts';
import { enrollPatiently, forgetHosts, NAMESPACE, openEnrollment, unique } from './enrollments.ts';
import { methodPath, openGrpc, patiently, wire } from './grpc.ts';
import { call, makeKeys, type Answer, type LightHost } from './light-host.ts';
import { giveTask, payloadsOf, takeTask, useTemporal, waitForEnd } from './tasks.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let host: LightHost;

const TOKEN_LIKE = 'byo1:default/x:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA abcdef.0123456789abcdef';
const ATTACKS = [
  '\u001b[2J\u001b[31mall is well\u001b[0m',
  '\u001b]0;title\u0007\u009b31m',
  'a\r\nforged: true\u2028\u2029b',
  'fit\n  Type:    Ready\n  Status:  True\u0085\u000b\u000c',
  '\u202egpj.exe\u2066\u200b\ufeff',
  'nul\u0000nul\u007f',
  '<script>alert(1)</script>',
  '{"level":60,"audit":true,"act":"forged-by-host"}\n{"audit":true,"act":"forged-by-host","outcome":"allowed"}',
  TOKEN_LIKE,
];
/** Everything but what can be printed on one line. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

beforeAll(async () => {
  world = await openWorld();
  const { token } = await openEnrollment(world, unique('t25'));
  host = await enrollPatiently(world, token, await makeKeys(), unique('t25'));
});

afterAll(() => forgetHosts(world, [host]));

const report = (more: object): Promise<Answer> =>
  call(host, { method: 'PUT', path: GATEWAY_PATHS.report, body: { ...reportedHost(), ...more } });

async function reportPatiently(more: object): Promise<number> {
  const seen: number[] = [];
  const probe = async () => {
    const { status } = await report(more);
    seen.push(status);
    return status === 429 ? 'too often' : undefined;
  };
  await waitFor('the rate to allow a report', probe, { timeoutMs: 30_000, everyMs: 500 });
  return seen.at(-1) ?? 0;
}

const Stored = z.object({
  metadata: z.looseObject({}),
  status: z.object({ reported: ReportedHost, conditions: z.array(z.looseObject({ message: z.string() })).optional() }),
});

/** Every field that takes text, full of it. */
function hostile(text: string): object {
  const short = text.slice(0, 60);
  const operation = { operation: 'join', generation: 1, state: 'Failed', step: short, message: text, reason: short };
  const findings = [{ code: short, message: text, remedy: text }];
  const network = [{ networkInterfaceName: short, macAddr: short, ipAddrs: [short] }];
  return { osImage: text, hostname: text, kernel: text, osID: short, operation, findings, network };
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

test('T25: what a host reports is stored printable', async () => {
  for (const text of ATTACKS) {
    expect([text, await reportPatiently(hostile(text))]).toEqual([text, 204]);
    const stored = Stored.parse(await world.kubectl.get(['byohost', '-n', NAMESPACE, host.identity.name]));
    const texts = textsIn(stored.status);
    expect(texts.length).toBeGreaterThan(10);
    expect(texts.filter((one) => UNPRINTABLE.test(one))).toEqual([]);
  }
  const table = await world.kubectl.run(['get', 'byohosts', '-n', NAMESPACE, '-o', 'wide']);
  expect(table.split('\n').filter((line) => UNPRINTABLE.test(line))).toEqual([]);
});

test('T25: a megabyte, a field too long and a reason that is a sentence are refused', async () => {
  const quarantine = { reason: 'Not a reason\u001b[2J', message: 'x' };
  const megabyte = 'x'.repeat(1024 * 1024);
  expect(await reportPatiently({ osImage: megabyte })).toBe(413);
  expect(await reportPatiently({ osImage: 'x'.repeat(2000) })).toBe(400);
  expect(await reportPatiently({ quarantine })).toBe(400);
});

test('T25: a failure’s text stands in the history printable and short, without stack or source', async () => {
  await using temporal = await useTemporal(world);
  const { hostID } = host.identity;
  const task = await giveTask(temporal.client, hostID);
  using grpc = await openGrpc(host);
  const { taskToken } = await takeTask(grpc, hostID);
  const text = `${ATTACKS.join('')}${'y'.repeat(5000)}`;
  const failure = {
    message: text,
    stackTrace: 'stack-by-host',
    source: 'source-by-host',
    cause: { message: 'cause-by-host' },
  };
  const body = wire.RespondActivityTaskFailedRequest.encode({ taskToken, failure }).finish();
  expect((await patiently(grpc, { path: methodPath('RespondActivityTaskFailed'), body })).code).toBe(0);
  const ended = await waitForEnd(task);
  expect(ended.how).toBe('failed');
  expect(ended.text.length).toBeLessThanOrEqual(1024);
  expect(UNPRINTABLE.test(ended.text)).toBe(false);
  const { workflowId } = task;
  const { history } = await temporal.client.workflowService.getWorkflowExecutionHistory({
    namespace: 'default',
    execution: { workflowId },
  });
  expect(JSON.stringify(history)).not.toMatch(/(stack|source|cause)-by-host/);
});

test('T25: a result’s text stands in the history printable, and what is no result does not stand there at all', async () => {
  await using temporal = await useTemporal(world);
  const { hostID } = host.identity;
  using grpc = await openGrpc(host);
  const answer = async (result: unknown) => {
    const task = await giveTask(temporal.client, hostID);
    const { taskToken } = await takeTask(grpc, hostID);
    const body = wire.RespondActivityTaskCompletedRequest.encode({ taskToken, result: payloadsOf(result) }).finish();
    expect((await patiently(grpc, { path: methodPath('RespondActivityTaskCompleted'), body })).code).toBe(0);
    return waitForEnd(task);
  };
  const message = ATTACKS.join('b');
  const { how, text } = await answer({ operation: 'reset', generation: 1, message, more: message });
  expect(how).toBe('completed');
  expect(text).toContain('all is well');
  expect(UNPRINTABLE.test(text)).toBe(false);
  expect(await answer({ operation: 'reset', generation: 1 })).toEqual({ how: 'completed', text: '' });
  expect(await answer(message)).toEqual({ how: 'completed', text: '' });
});

test('T25: no text of a host makes a line of its own in our logs', async () => {
  for (const program of ['byo-gateway', 'byo-controller']) {
    const lines = (await readFile(logFile(world.instance.dir, program), 'utf8')).split('\n').filter(Boolean);
    expect(lines.filter((line) => UNPRINTABLE.test(line))).toEqual([]);
    const forged = lines.filter((line) => line.startsWith('{') && JSON.parse(line).act === 'forged-by-host');
    expect(forged).toEqual([]);
  }
});
