import { expect, test } from 'vitest';
import { assert, property, string, stringMatching } from 'fast-check';
import { redactOutput } from './redact-output.ts';

test('a failure of kubeadm stays readable', () => {
  const output = '[preflight] Running pre-flight checks\nerror: [ERROR Port-6443]: Port 6443 is in use\n';
  expect(redactOutput(output, [])).toBe(
    '[preflight] Running pre-flight checks | error: [ERROR Port-6443]: Port 6443 is in use',
  );
});

const secrets = [
  'kubeadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef',
  'using abcdef.0123456789abcdef',
  'key 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  '-----BEGIN EC PRIVATE KEY-----',
  'MHcCAQEEIIGlRHQk1Xb2Fzc3dvcmRub3RyZWFsbHlhc2VjcmV0AAAAAAoAoGCCqG',
  'Password: x',
  'Authorization: Bearer x',
];

test.each(secrets)('withheld: %s', (line) => {
  const shown = redactOutput(`before\n${line}\nafter`, []);
  expect(shown).toBe('[1 lines withheld] before | after');
});

test('a line that quotes a file of root alone is withheld, whatever its shape', () => {
  expect(redactOutput('connecting with hunter2hunter2\nrefused', ['user hunter2hunter2\n'])).toBe(
    '[1 lines withheld] refused',
  );
});

test('only the end is shown, whole lines, within the bound', () => {
  const output = Array.from({ length: 500 }, (_, index) => `line ${index}`).join('\n');
  const shown = redactOutput(output, [], 100);
  expect(shown.length).toBeLessThanOrEqual(100);
  expect(shown.endsWith('line 499')).toBe(true);
  expect(shown.startsWith('line ')).toBe(true);
});

test('no token comes through, wherever it stands', () => {
  const letters = stringMatching(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
  assert(
    property(string(), letters, string(), (before, token, after) => {
      expect(redactOutput(`${before} ${token} ${after}`, [])).not.toContain(token);
    }),
  );
});
