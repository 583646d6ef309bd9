import { expect, test } from 'vitest';
import { parseOptions, toAddress } from './options.ts';

test('an address is host:port, IPv6 in brackets', () => {
  expect(toAddress('0.0.0.0:8443')).toEqual({ host: '0.0.0.0', port: 8443 });
  expect(toAddress('[::]:0')).toEqual({ host: '::', port: 0 });
  expect(toAddress('temporal.svc:7233')).toEqual({ host: 'temporal.svc', port: 7233 });
  for (const text of ['8443', ':8443', '::1:8443', 'a:70000', 'a:b', '[::1]', '']) {
    expect(() => toAddress(text)).toThrow(/host:port/);
  }
});

test('what is left out has a default', () => {
  expect(parseOptions(['node', 'gateway', '--controller', 'c:9443'])).toMatchObject({
    listen: { host: '0.0.0.0', port: 8443 },
    controller: 'c:9443',
    logLevel: 'info',
  });
});
