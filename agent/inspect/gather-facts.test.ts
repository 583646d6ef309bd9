import { expect, test } from 'vitest';
import { parseOsRelease } from '../linux/facts.ts';
import { parseListeningPorts } from './read-obstacles.ts';

test('os-release with every kind of quoting', () => {
  const text = `# c\nID=debian\nPRETTY_NAME="Debian GNU/Linux 12"\nVERSION_ID='12'\n`;
  expect(parseOsRelease(text)).toEqual({ ID: 'debian', PRETTY_NAME: 'Debian GNU/Linux 12', VERSION_ID: '12' });
});

test('only sockets that listen count', () => {
  const table = `  sl  local_address rem_address   st
   0: 00000000:280A 00000000:0000 0A 0 0 0
   1: 0100007F:192B 0100007F:1234 01 0 0 0
   2: 00000000000000000000000000000000:192B 00000000000000000000000000000000:0000 0A 0`;
  expect(parseListeningPorts(table)).toEqual([10250, 6443]);
});
