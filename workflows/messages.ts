// What may be said to the workflow and asked of it. A message carries no state: saying it twice is free.
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { WorkflowProgress } from '../api/activities.ts';

/** Something may have changed: observe afresh. */
export const lookAgain = defineSignal('lookAgain');

/** Where the machine is on its road, for people and tests; nothing decides by it. */
export const progress = defineQuery<WorkflowProgress>('progress');
