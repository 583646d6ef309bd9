// Guards the way through the house: listings that one can read, and words that one can search for.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { files, root } from './support/repository.ts';

const MOST_SIBLINGS = 20;
/** Not rooms of the product; moving a file of the lab makes everybody build its parts again. */
const NO_ROOM = /^(lab|test)\//;

test('no folder of the product has more files than one takes in at a glance', () => {
  const siblings = new Map<string, number>();
  for (const file of files.filter((one) => !one.endsWith('.test.ts') && !NO_ROOM.test(one))) {
    siblings.set(dirname(file), (siblings.get(dirname(file)) ?? 0) + 1);
  }
  expect([...siblings].filter(([, count]) => count > MOST_SIBLINGS)).toEqual([]);
});

/** Private words that the code once had (docs/glossary.md has those that stand in their place). */
const PRIVATE_WORDS =
  /\b(Errand|Road|MachineRoad|heed|Teller|WorkflowWaker|LiveHosts|Crowd|TemporalDoor|TOLD_BY|orderHost|runOnHost|waitForNews|waitOutFailure|mustLeave|clearTheField|listDoubled|TasksInHand|Breach|wakeCleanup|tellAnew|AdmissionOrder|enrol|enrolment)\b/;

test('no name is a private word where the field has one', () => {
  const wrong = files
    .filter((file) => file !== 'test/house.test.ts')
    .filter((file) =>
      PRIVATE_WORDS.test(readFileSync(join(root, file), 'utf8').replaceAll(/byo-enrol\S*|--enrolment-listen/g, '')),
    );
  expect(wrong).toEqual([]);
});
