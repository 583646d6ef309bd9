// Where a challenge may send a host.
import { expect, test } from 'vitest';
import { decideTokenAddress } from './registry-token.ts';

const api = new URL('https://registry.example/v2/a/b/');

test('a token is asked for where the challenge says, for what it says', () => {
  const challenge = 'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull"';
  expect(decideTokenAddress(challenge, api)?.href).toBe(
    'https://auth.example/token?service=registry.example&scope=repository%3Aa%2Fb%3Apull',
  );
});

test('without TLS only the registry itself is asked', () => {
  const plain = new URL('http://registry.example:5000/v2/a/');
  expect(decideTokenAddress('Bearer realm="http://registry.example:5000/token"', plain)?.pathname).toBe('/token');
  expect(decideTokenAddress('Bearer realm="http://169.254.169.254/token"', plain)).toBeUndefined();
  expect(decideTokenAddress('Bearer realm="http://registry.example/token"', api)).toBeUndefined();
});

test.each([
  undefined,
  '',
  'Basic realm="https://a.example"',
  'Bearer',
  'Bearer realm="x"',
  'Bearer realm="https://u:p@a/"',
])('no token for anybody: %s', (challenge) => {
  expect(decideTokenAddress(challenge, api)).toBeUndefined();
});
