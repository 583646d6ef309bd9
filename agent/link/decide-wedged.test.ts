import { expect, test } from 'vitest';
import { isWedged } from './decide-wedged.ts';

test('only a poll that is missing for as long as the link is well is one that will not come', () => {
  expect(isWedged({ secondsSincePoll: 151, linkedSeconds: 151 })).toBe(true);
  expect(isWedged({ secondsSincePoll: 9999, linkedSeconds: 60 })).toBe(false);
  expect(isWedged({ secondsSincePoll: 0, linkedSeconds: 9999 })).toBe(false);
  expect(isWedged({ secondsSincePoll: null, linkedSeconds: 9999 })).toBe(false);
});
