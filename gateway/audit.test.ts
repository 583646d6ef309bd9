import { expect, test } from 'vitest';
import { createLogger } from '../common/log.ts';
import { createAudit } from './audit.ts';
import { boundLog } from './bounded-log.ts';

type Line = Record<string, unknown>;

function openLog() {
  const lines: Line[] = [];
  const log = createLogger('test', 'silent');
  const record = (line: Line) => void lines.push(line);
  const child = Object.assign(log.child({}), { info: record, warn: record, error: record });
  return { lines, log: Object.assign(child, { child: () => child }) };
}

const peerOf = (hostID: string) => ({ hostID, namespace: 'n', name: hostID, keyID: 'k', address: '192.0.2.1' });
const left = (lines: Line[]) => lines.flatMap(({ leftOut }) => (leftOut === undefined ? [] : [leftOut]));

test('a flood of refusals does not fill the audit trail, and what was done is always in it', () => {
  const { lines, log } = openLog();
  let now = 0;
  const audit = createAudit(log, () => now);
  for (let n = 0; n < 1000; n += 1) audit({ act: 'Connect', outcome: 'denied', address: `198.51.100.${n % 200}` });
  audit({ act: 'Enrol', outcome: 'allowed', address: '198.51.100.1' });
  expect(lines.length).toBeLessThan(100);
  expect(lines.at(-1)).toMatchObject({ act: 'Enrol', outcome: 'allowed' });
  const written = lines.filter(({ outcome }) => outcome === 'denied').length;
  now = 1000;
  audit({ act: 'Connect', outcome: 'denied', address: '192.0.2.1' });
  expect(left(lines)).toEqual([1000 - written]);
});

test('a host that comes back a hundred times a second is written down once a second, and what else it did as well', () => {
  const { lines, log } = openLog();
  let now = 0;
  const audit = createAudit(log, () => now);
  const peer = peerOf('a');
  for (let n = 0; n < 6000; n += 1) {
    now += 10;
    audit({ act: 'ReplaceConnection', outcome: 'allowed', peer });
    if (n % 1000 === 0) audit({ act: 'TakeTask', outcome: 'allowed', peer, target: String(n) });
  }
  const acts = lines.map(({ act }) => act);
  expect(acts.filter((act) => act === 'ReplaceConnection').length).toBeLessThan(90);
  expect(acts.filter((act) => act === 'TakeTask')).toHaveLength(6);
  audit({ act: 'ReplaceConnection', outcome: 'allowed', peer: peerOf('b') });
  expect(lines.at(-1)).toMatchObject({ act: 'ReplaceConnection', peer: { hostID: 'b' } });
  // Told once a second or more rarely, and nothing is lost from the count.
  const told = left(lines).map(Number);
  expect(told.length).toBeLessThan(65);
  const replaced = acts.filter((act) => act === 'ReplaceConnection').length;
  expect(told.reduce((sum, count) => sum + count, 0) + replaced).toBeGreaterThan(5900);
});

test('the same fault, brought about again and again, is a few lines and a number', () => {
  const { lines, log } = openLog();
  let now = 0;
  const { error, warn } = boundLog(log, () => now);
  for (let n = 0; n < 1000; n += 1) error({ n }, 'a connection could not be judged');
  warn({ route: 'report' }, 'a request failed');
  expect(lines).toHaveLength(21);
  now = 1000;
  error({ n: 1001 }, 'a connection could not be judged');
  expect(left(lines)).toEqual([980]);
});
