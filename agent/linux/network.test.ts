import { expect, test } from 'vitest';
import { decideDefaultInterface } from './network.ts';

test('the default route with the lowest metric wins, and none metric is the lowest', () => {
  expect(decideDefaultInterface('[{"dst":"default","dev":"wlan0","metric":600},{"dst":"default","dev":"eth0"}]')).toBe(
    'eth0',
  );
  expect(decideDefaultInterface('[{"dst":"default","dev":"a","metric":20},{"dev":"b","metric":10}]')).toBe('b');
});

test('no default route is no interface', () => {
  expect(decideDefaultInterface('[]')).toBeUndefined();
  expect(decideDefaultInterface('')).toBeUndefined();
});
