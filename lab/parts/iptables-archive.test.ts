import { expect, test } from 'vitest';
import { selectFiles } from './iptables-archive.ts';

test('paths name their real place under merged /usr, without documentation', () => {
  const listing = '/.\n/lib\n/lib/x86_64-linux-gnu/libc.so.6\n/usr/share/doc/libc6/copyright\n/etc/protocols\n\n';
  expect(selectFiles(listing)).toEqual(['usr/lib/x86_64-linux-gnu/libc.so.6', 'etc/protocols']);
});
