import { expect, test } from 'vitest';
import { debianPackages, missingFrom, parseProxy, pickMirror } from './debian.ts';

test('only what dpkg calls installed counts', () => {
  const listing = debianPackages.map((name) => `${name} ${name === 'podman' ? 'config-files' : 'installed'}`);
  expect(missingFrom(listing.join('\n'))).toEqual(['podman']);
  expect(missingFrom('')).toEqual(debianPackages);
});

test('the mirror is the archive of Debian itself, not of its security updates nor of others', () => {
  const targets = [
    'Example|Example|main|https://example.org/deb/',
    'Debian|Debian-Security|main|http://mirror.example/security/',
    'Debian|Debian|contrib|http://mirror.example/contrib/',
    'Debian|Debian|main|http://mirror.example/debian/',
  ];
  expect(pickMirror(targets.join('\n'))).toBe('http://mirror.example/debian/');
  expect(pickMirror(targets.slice(0, 3).join('\n'))).toBeUndefined();
});

test('the proxy of apt is read from its own words', () => {
  expect(parseProxy("proxy='http://proxy.example:3128'\n")).toBe('http://proxy.example:3128');
  expect(parseProxy('')).toBe('');
});
