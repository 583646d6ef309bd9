import { expect, test } from 'vitest';
import { parseOptions } from './options.ts';

const parse = (...argv: string[]) => parseOptions(['node', 'controller', ...argv]);

test('metrics are on the loopback unless an address is given', () => {
  expect(parse().metricsListen).toBeUndefined();
  expect(parse('--metrics-port', '9090').metricsListen).toEqual({ host: '127.0.0.1', port: 9090 });
  expect(parse('--metrics-listen', ':8080', '--metrics-port', '9090').metricsListen).toEqual({
    host: '::',
    port: 8080,
  });
});

test('an empty address of the gateway is none: manifests have the option always', () => {
  expect(parse('--gateway-address=').gatewayAddress).toBeUndefined();
  expect(parse('--gateway-address', 'byo.example.com:8443').gatewayAddress).toBe('byo.example.com:8443');
});
