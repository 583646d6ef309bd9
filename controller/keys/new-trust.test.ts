import { expect, test } from 'vitest';
import { decideNewTrust } from './new-trust.ts';

test('new keys are made only where nobody trusts others', () => {
  expect(decideNewTrust({ pinnedHosts: 0, pin: undefined })).toBeUndefined();
  expect(decideNewTrust({ pinnedHosts: 1, pin: undefined })).toBe('1 enrolled host trusts it');
  expect(decideNewTrust({ pinnedHosts: 2, pin: 'sha256:x' })).toBe('2 enrolled hosts trust it');
  expect(decideNewTrust({ pinnedHosts: 0, pin: 'sha256:x' })).toContain('its pin sha256:x has been published');
});
