// The place of an instance on the machine.
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { LAST_INDEX, PORT_NAMES, arePortsFree, chooseIndex, hostAddress, overlapsRoutes, planIndex } from './ports.ts';

const always = async (): Promise<boolean> => Promise.resolve(true);

test('no two indexes share a port, and all stay below the ports Linux hands out', () => {
  const ports = Array.from({ length: LAST_INDEX }, (_, i) => Object.values(planIndex(i + 1).ports)).flat();
  expect(new Set(ports).size).toBe(LAST_INDEX * PORT_NAMES.length);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

test('an index gives subnet, gateway and host addresses', () => {
  expect(planIndex(7)).toMatchObject({ subnet: '10.90.7.0/24', gateway: '10.90.7.1' });
  expect([hostAddress(7, 1), hostAddress(7, 240)]).toEqual(['10.90.7.11', '10.90.7.250']);
});

test('the lowest free index is chosen', async () => {
  expect(await chooseIndex([1, 3], always)).toBe(2);
  expect(await chooseIndex([], async (index) => Promise.resolve(index === 5))).toBe(5);
});

test('a full machine is said to be full', async () => {
  const taken = Array.from({ length: LAST_INDEX }, (_, i) => i + 1);
  await expect(chooseIndex(taken, always)).rejects.toThrow('no free subnet');
});

test('a subnet that the machine routes already is seen, its neighbour is not', () => {
  const routes = ['default via 192.0.2.1 dev eth0', '10.90.1.0/24 dev podman1 proto kernel', '10.90.2.9 via 10.0.0.1'];
  expect([1, 2, 12, 3].map((index) => overlapsRoutes(index, routes))).toEqual([true, true, false, false]);
});

test('a port that somebody listens on is not free', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const ports = { ...planIndex(240).ports, temporal: port };
  expect(await arePortsFree(ports)).toBe(false);
  server.close();
});
