import { expect, test } from 'vitest';
import { isWedged } from './decide-wedged.ts';

test('only calls that are missing for as long as the link is well are ones that will not come', () => {
  expect(isWedged({ secondsSinceCall: 151, linkedSeconds: 151, secondsSincePoll: 151 })).toBe(true);
  expect(isWedged({ secondsSinceCall: 9999, linkedSeconds: 60, secondsSincePoll: 9999 })).toBe(false);
  expect(isWedged({ secondsSinceCall: 9999, linkedSeconds: 9999, secondsSincePoll: 0 })).toBe(false);
});

test('what a gateway has not seen says nothing: the poll may stand at another', () => {
  expect(isWedged({ secondsSinceCall: 59, linkedSeconds: 9999, secondsSincePoll: 9999 })).toBe(false);
  expect(isWedged({ secondsSinceCall: 151, linkedSeconds: 9999, secondsSincePoll: null })).toBe(true);
});
