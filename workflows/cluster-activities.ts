// Activities beside the controller, as the workflow calls them: each with a line of its own in Temporal's UI.
import { proxyActivities } from '@temporalio/workflow';
import type { ClusterActivities } from '../api/activities.ts';
import { CLUSTER_OPTIONS } from './options.ts';

/** Activities for one call; `summary` is what a person reads beside its name. */
export function cluster(summary: string) {
  return proxyActivities<ClusterActivities>({ ...CLUSTER_OPTIONS, summary: summary.slice(0, 100) });
}
