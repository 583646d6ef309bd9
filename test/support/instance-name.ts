/**
 * Name of a suite's own instance of the lab. BYO_TEST_SUFFIX (a few letters or digits) keeps two checkouts on one machine
 * apart: with the same name the second would take over the instance of the first.
 */
export const instanceNameOf = (suite: string): string => `${suite}${process.env.BYO_TEST_SUFFIX ?? ''}`;
