import { expect, test } from 'vitest';
import { listenOptions, parseHostPort, parseListen, parsePort } from './host-port.ts';

test.each([
  ['temporal.svc:7233', { host: 'temporal.svc', port: 7233 }],
  ['temporal_server:7233', { host: 'temporal_server', port: 7233 }],
  ['192.0.2.1:65535', { host: '192.0.2.1', port: 65_535 }],
  ['[2001:db8::1]:443', { host: '2001:db8::1', port: 443 }],
])('%s is an address', (text, parsed) => {
  expect(parseHostPort(text)).toEqual(parsed);
});

test.each([
  'a',
  'a:',
  ':443',
  'a:0',
  'a:65536',
  'a:99999',
  'a:1e3',
  '2001:db8::1:443',
  'a b:443',
  '$(id):443',
  'a:443 ',
])('“%s” is none', (text) => {
  expect(parseHostPort(text)).toBeUndefined();
});

test('whoever listens may do so everywhere, and on any free port', () => {
  expect(parseListen(':8444')).toEqual({ host: '::', port: 8444 });
  expect(parseListen('127.0.0.1:0')).toEqual({ host: '127.0.0.1', port: 0 });
  expect(parseListen('8444')).toBeUndefined();
});

test('a port is a number that TCP has', () => {
  expect(['1', '65535', '0', '65536', '0x50', '1e3', '', ' 80'].map(parsePort)).toEqual([
    1,
    65_535,
    ...Array<undefined>(6).fill(undefined),
  ]);
});

test('every address leaves the choice to Node, which falls back to IPv4 where a machine has no IPv6', () => {
  expect(listenOptions({ host: '::', port: 8443 })).toEqual({ port: 8443 });
  expect(listenOptions({ host: '::1', port: 8443 })).toEqual({ host: '::1', port: 8443 });
  expect(listenOptions({ host: '0.0.0.0', port: 0 })).toEqual({ host: '0.0.0.0', port: 0 });
});
