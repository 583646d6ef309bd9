import { expect, test } from 'vitest';
import { parseOptions } from './options.ts';

const parse = (...argv: string[]) => parseOptions(['node', 'gateway', '--controller', 'c:9443', ...argv]);

test('where it listens may be every address and any port, what it connects to may not', () => {
  expect(parse('--listen', '[::]:0').listen).toEqual({ host: '::', port: 0 });
  expect(parse('--listen', ':8443').listen).toEqual({ host: '::', port: 8443 });
  expect(parse('--temporal-address', 'temporal.svc:7233')).toMatchObject({ temporalAddress: 'temporal.svc:7233' });
});

test('what is left out has a default', () => {
  expect(parseOptions(['node', 'gateway', '--controller', 'c:9443'])).toMatchObject({
    listen: { host: '0.0.0.0', port: 8443 },
    controller: 'c:9443',
    logLevel: 'info',
  });
});

test('metrics are on the loopback unless an address is given', () => {
  expect(parse().metricsListen).toBeUndefined();
  expect(parse('--metrics-port', '9090').metricsListen).toEqual({ host: '127.0.0.1', port: 9090 });
  expect(parse('--metrics-listen', ':8080', '--metrics-port', '9090').metricsListen).toEqual({
    host: '::',
    port: 8080,
  });
});
