// What a person sees of a running workflow in Temporal's UI: current details, and attributes to search by.
import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Waiting, WorkflowProgress } from '../api/activities.ts';
import { SEARCH_ATTRIBUTES, type MachineKey } from '../api/names.ts';
import type { Phase } from '../api/steps.ts';

/** What changed; `undefined` clears. */
export type ProgressUpdate = {
  phase?: Phase;
  step?: string | undefined;
  waiting?: Waiting | undefined;
  host?: string | undefined;
};

type Shown = { readonly machine: MachineKey; readonly searchable: boolean; progress: WorkflowProgress };

const ATTRIBUTE_KEYS = {
  cluster: defineSearchAttributeKey(SEARCH_ATTRIBUTES.cluster, 'KEYWORD'),
  host: defineSearchAttributeKey(SEARCH_ATTRIBUTES.host, 'KEYWORD'),
  phase: defineSearchAttributeKey(SEARCH_ATTRIBUTES.phase, 'KEYWORD'),
  machine: defineSearchAttributeKey(SEARCH_ATTRIBUTES.machine, 'KEYWORD'),
};

/** Updates the progress and everything that shows it; what is shown already costs nothing. */
export function showDetails(road: Shown, update: ProgressUpdate, clusterName?: string): void {
  const { phase, step, waiting, host } = { ...road.progress, ...update };
  road.progress = { phase, ...(step && { step }), ...(waiting && { waiting }), ...(host && { host }) };
  setCurrentDetails(describeProgress(road.machine, road.progress));
  if (!road.searchable) return;
  upsertChanged('phase', phase);
  upsertChanged('machine', `${road.machine.namespace}/${road.machine.name}`);
  if (host) upsertChanged('host', host);
  if (clusterName) upsertChanged('cluster', clusterName);
}

/** Markdown for the UI; host and user text is shown as code, so that it formats nothing. */
function describeProgress(machine: MachineKey, progress: WorkflowProgress): string {
  const { phase, step, waiting, host } = progress;
  return [
    `**${phase}**${step ? ` · ${step}` : ''}`,
    `- machine: ${asCode(`${machine.namespace}/${machine.name}`)}`,
    ...(host ? [`- host: ${asCode(host)}`] : []),
    ...(waiting ? [`- waiting: **${waiting.reason}** ${asCode(waiting.message)}`] : []),
  ].join('\n');
}

function asCode(text: string): string {
  return `\`${text.replace(/[`\s]+/g, ' ').slice(0, 1024)}\``;
}

function upsertChanged(name: keyof typeof ATTRIBUTE_KEYS, value: string): void {
  const key = ATTRIBUTE_KEYS[name];
  if (workflowInfo().typedSearchAttributes.get(key) === value) return;
  upsertSearchAttributes([{ key, value }]);
}
