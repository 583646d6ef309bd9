// What a person sees of a run in Temporal's UI: current details, and attributes to search by.
import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { OperationResult, Waiting, WorkflowProgress } from '../api/activities.ts';
import { SEARCH_ATTRIBUTES, type MachineKey } from '../api/names.ts';
import type { Phase } from '../api/steps.ts';
import { describeSteps } from './describe-steps.ts';

/** What changed; `undefined` clears. */
export type ProgressUpdate = {
  phase?: Phase;
  operation?: string | undefined;
  waiting?: Waiting | undefined;
  host?: string | undefined;
};

const KEYS = {
  cluster: defineSearchAttributeKey(SEARCH_ATTRIBUTES.cluster, 'KEYWORD'),
  host: defineSearchAttributeKey(SEARCH_ATTRIBUTES.host, 'KEYWORD'),
  phase: defineSearchAttributeKey(SEARCH_ATTRIBUTES.phase, 'KEYWORD'),
  machine: defineSearchAttributeKey(SEARCH_ATTRIBUTES.machine, 'KEYWORD'),
  waiting: defineSearchAttributeKey(SEARCH_ATTRIBUTES.waiting, 'KEYWORD'),
};

/** Operations of one run of which the steps are shown: details have their bound, and tries none. */
const MOST_SHOWN = 4;

export class Details {
  readonly #machine: MachineKey;
  #progress: WorkflowProgress;
  /** What the host has done in this run, the latest last. */
  #done: OperationResult[] = [];
  #clusterName: string | undefined;
  #isDue = false;
  /** Attributes may be set: said by what is seen, and not true before the first look. */
  searchable = false;

  /** A run that follows another still bears the name of its host. */
  constructor(machine: MachineKey, phase: Phase) {
    this.#machine = machine;
    const host = workflowInfo().typedSearchAttributes.get(KEYS.host);
    this.#progress = { phase, ...(host && { host }) };
  }

  get progress(): WorkflowProgress {
    return this.#progress;
  }

  /** An operation has come to its end: its steps are shown from now on. */
  note(result: OperationResult): void {
    this.#done = [...this.#done.filter(({ operation }) => operation !== result.operation), result].slice(-MOST_SHOWN);
  }

  /** Updates the progress and everything that shows it; what is shown already costs nothing. */
  show(update: ProgressUpdate, clusterName?: string): void {
    const { phase, operation, waiting, host } = { ...this.#progress, ...update };
    this.#progress = { phase, ...(operation && { operation }), ...(waiting && { waiting }), ...(host && { host }) };
    setCurrentDetails([describeProgress(this.#machine, this.#progress), ...describeSteps(this.#done)].join('\n\n'));
    this.#clusterName = clusterName ?? this.#clusterName;
    if (this.searchable) this.#showSoon();
  }

  /** What changes in one go is shown at once: each call is an event of the history. */
  #showSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    void Promise.resolve().then(() => this.#showAttributes());
  }

  #showAttributes(): void {
    this.#isDue = false;
    const clusterName = this.#clusterName;
    const { phase, waiting, host } = this.#progress;
    const { namespace, name } = this.#machine;
    const present = workflowInfo().typedSearchAttributes;
    const changed = [
      { key: KEYS.phase, value: phase },
      { key: KEYS.machine, value: `${namespace}/${name}` },
      { key: KEYS.waiting, value: waiting?.reason ?? null },
      ...(host ? [{ key: KEYS.host, value: host }] : []),
      ...(clusterName ? [{ key: KEYS.cluster, value: clusterName }] : []),
    ].filter(({ key, value }) => (present.get(key) ?? null) !== value);
    if (changed.length > 0) upsertSearchAttributes(changed);
  }
}

/** Markdown for the UI; host and user text is shown as code, so that it formats nothing. */
function describeProgress(machine: MachineKey, progress: WorkflowProgress): string {
  const { phase, operation, waiting, host } = progress;
  return [
    `**${phase}**${operation ? ` · ${operation}` : ''}`,
    `- machine: ${asCode(`${machine.namespace}/${machine.name}`)}`,
    ...(host ? [`- host: ${asCode(host)}`] : []),
    ...(waiting ? [`- waiting: **${waiting.reason}** ${asCode(waiting.message)}`] : []),
  ].join('\n');
}

function asCode(text: string): string {
  return `\`${text.replace(/[`\s]+/g, ' ').slice(0, 1024)}\``;
}
