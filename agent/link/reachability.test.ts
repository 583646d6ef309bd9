import { TLSSocket } from 'node:tls';
import { Duplex } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { DialGate } from './dial-gate.ts';
import { retryOverLink } from './back-off.ts';
import type { Dial } from './dial.ts';
import { Reachability } from './reachability.ts';
import { refusalOf } from './refusal.ts';

const LONG = 1e8;

/** A gateway that is away until told otherwise; the socket stands for a connection and is not used. */
function createGateway() {
  const reachability = new Reachability();
  const state = { isAway: true };
  const dial: Dial = async () => {
    if (state.isAway) throw new Error('away');
    return new TLSSocket(new Duplex());
  };
  return { reachability, state, dial: reachability.watch(dial) };
}

test('the first that gets through wakes all who wait', async () => {
  const { reachability, state, dial } = createGateway();
  await expect(dial('h2')).rejects.toThrow('away');
  const waiting = Promise.all([reachability.wait(LONG), reachability.wait(LONG)]);
  state.isAway = false;
  await dial('http/1.1');
  await waiting;
});

test('a gateway that takes every call wakes nobody, however often it is called', async () => {
  const { reachability, state, dial } = createGateway();
  state.isAway = false;
  const ending = new AbortController();
  let isAwake = false;
  const waiting = reachability.wait(LONG, ending.signal).then(() => (isAwake = true));
  for (let nth = 0; nth < 5; nth += 1) await dial('h2');
  expect(isAwake).toBe(false);
  ending.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('a dial that was given up does not count as a failed one', async () => {
  const { reachability, state, dial } = createGateway();
  await expect(dial('h2', AbortSignal.abort())).rejects.toThrow('away');
  state.isAway = false;
  const ending = new AbortController();
  const waiting = reachability.wait(LONG, ending.signal);
  await dial('h2');
  ending.abort(new Error('still waiting'));
  await expect(waiting).rejects.toThrow('still waiting');
});

test('a gate that waits dials at once when another one got through', async () => {
  const { reachability, state, dial } = createGateway();
  const gate = new DialGate({ least: LONG, most: LONG }, reachability);
  const { signal } = new AbortController();
  await expect(gate.pass(() => dial('h2'), signal)).rejects.toThrow('away');
  const passed = gate.pass(() => dial('h2'), signal);
  state.isAway = false;
  // The gate begins its wait in a later turn; a wake before it would be none.
  await new Promise(setImmediate);
  await dial('http/1.1');
  expect(await passed).toBeInstanceOf(TLSSocket);
});

test('a gate at which nobody waits dials at once after there is another certificate', async () => {
  const { reachability, state, dial } = createGateway();
  const gate = new DialGate({ least: LONG, most: LONG }, reachability);
  const { signal } = new AbortController();
  await expect(gate.pass(() => dial('h2'), signal)).rejects.toThrow('away');
  reachability.tellRenewed();
  state.isAway = false;
  expect(await gate.pass(() => dial('h2'), signal)).toBeInstanceOf(TLSSocket);
});

test('who was sent away by the gateway itself sleeps on', async () => {
  const { reachability, state, dial } = createGateway();
  const errors = [new Error('away'), refusalOf({ status: 503, body: '', retryAfter: '600' })];
  const ending = new AbortController();
  const attempt = () => Promise.reject(errors.shift() ?? new Error('asked too soon'));
  let failures = 0;
  const both = Promise.withResolvers<void>();
  const onFailure = () => {
    failures += 1;
    if (failures === 2) both.resolve();
  };
  const bounds = { least: LONG, most: LONG };
  const retrying = retryOverLink(attempt, { ...bounds, signal: ending.signal, onFailure, reachability });
  for (let nth = 0; nth < 2; nth += 1) {
    state.isAway = true;
    await expect(dial('h2')).rejects.toThrow('away');
    state.isAway = false;
    await dial('h2');
    if (nth === 0) await both.promise;
  }
  await new Promise(setImmediate);
  expect(failures).toBe(2);
  ending.abort(new Error('enough'));
  await expect(retrying).rejects.toThrow('enough');
});

const spent = refusalOf({ status: 401, body: '' });
const patient = { least: LONG, most: LONG, signal: new AbortController().signal };

test('who was sent away for its certificate goes on once there is another', async () => {
  const { reachability } = createGateway();
  const errors = [spent];
  const attempt = async () => {
    const error = errors.shift();
    if (error) throw error;
    return 'taken';
  };
  // In a later turn than its wait begins.
  const onFailure = () => void setImmediate(() => reachability.tellRenewed());
  expect(await retryOverLink(attempt, { ...patient, onFailure, reachability })).toBe('taken');
});

test('renewed while it was being refused, it goes on at once', async () => {
  const { reachability } = createGateway();
  const errors = [spent];
  const attempt = async () => {
    const error = errors.shift();
    if (!error) return 'taken';
    reachability.tellRenewed();
    throw error;
  };
  expect(await retryOverLink(attempt, { ...patient, onFailure: () => undefined, reachability })).toBe('taken');
});

test('a host that was revoked waits on, whatever certificate it has', async () => {
  const { reachability } = createGateway();
  const ending = new AbortController();
  const { promise: failed, resolve } = Promise.withResolvers<void>();
  let tries = 0;
  const attempt = async () => {
    tries += 1;
    throw refusalOf({ status: 403, body: '' });
  };
  const options = { ...patient, signal: ending.signal, onFailure: () => resolve(), reachability };
  const retrying = retryOverLink(attempt, options);
  await failed;
  await new Promise(setImmediate);
  reachability.tellRenewed();
  await new Promise(setImmediate);
  expect(tries).toBe(1);
  ending.abort(new Error('enough'));
  await expect(retrying).rejects.toThrow('enough');
});

test('it tells how long the gateway was out of reach, from a dial that failed to one that did not', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { reachability, state, dial } = createGateway();
  vi.advanceTimersByTime(5000);
  expect(reachability.awaySeconds).toBe(0);
  for (let nth = 0; nth < 2; nth += 1) {
    await expect(dial('h2')).rejects.toThrow('away');
    vi.advanceTimersByTime(2000);
  }
  expect(reachability.awaySeconds).toBe(4);
  state.isAway = false;
  await dial('h2');
  vi.advanceTimersByTime(3000);
  expect(reachability.awaySeconds).toBe(4);
  vi.useRealTimers();
});
