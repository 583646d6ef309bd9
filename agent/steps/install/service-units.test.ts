import { expect, test } from 'vitest';
import { KUBEADM_SERVICE_DROP_IN, providerIdDropIn } from './service-units.ts';

test('the drop-in keeps the arguments of kubeadm and says the providerID last', () => {
  const line = KUBEADM_SERVICE_DROP_IN.trim().split('\n').at(-1);
  const dropIn = providerIdDropIn('byoh://7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11/3');
  expect(dropIn).toContain('\nExecStart=\n');
  expect(dropIn.trim().split('\n').at(-1)).toBe(`${line} --provider-id=byoh://7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11/3`);
});

test('systemd finds no specifier in a providerID', () => {
  expect(providerIdDropIn('byoh://a%n')).toContain('--provider-id=byoh://a%%n');
});
