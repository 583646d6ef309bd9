import { expect, test } from 'vitest';
import { cutCommand, shapeCommand } from './link-state.ts';
import { planLink } from './put-up.ts';

test('each host has devices and an address of its own, beside its own in the bridge’s network', () => {
  expect(planLink({ index: 250, hostAddress: '10.90.250.250', gateway: '10.90.250.1', port: 1 })).toEqual({
    hostDevice: 'byo250-250h',
    machineDevice: 'byo250-250m',
    address: '10.91.250.250',
    gateway: '10.90.250.1',
    port: 1,
  });
  expect(() => planLink({ index: 1, hostAddress: '10.90.1.1', gateway: '10.90.1.1', port: 1 })).toThrow('>=11');
});

test('a shape is whole: what is left out is good, and chances differ each way', () => {
  const { up, down } = shapeCommand({ lossPercent: 5 }, 7);
  expect(up?.shape).toMatchObject({ lossPercent: 5, delayMs: 0, kbitPerSecond: 0 });
  expect([up?.shape, up?.seed, down?.seed]).toEqual([down?.shape, 7, 8]);
  expect(() => shapeCommand({ lossPercent: 101 })).toThrow('<=100');
});

test('one way is cut, the other one healed', () => {
  const cuts = (['both', 'up', 'down', 'none'] as const).map((way) => {
    const { up, down } = cutCommand(way);
    return [up?.cut, down?.cut];
  });
  expect(cuts).toEqual([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ]);
});
