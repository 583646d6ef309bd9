// What a run tells people: current details in Temporal's UI, with the steps of what has ended, attributes to search by, and
// which conditions it has written.
import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { WorkflowProgress } from '../api/activities.ts';
import type { ConditionUpdate } from '../api/conditions.ts';
import { SEARCH_ATTRIBUTES, type MachineKey } from '../api/names.ts';
import type { Reason } from '../api/reasons/reason.ts';
import type { StepResult } from '../api/report/operation-result.ts';
import type { Phase } from '../api/steps.ts';

/** What changed; `undefined` clears. */
export type ProgressUpdate = {
  phase?: Phase;
  operation?: string | undefined;
  waiting?: Reason | undefined;
  host?: string | undefined;
};

/** Where the machine is in its life, for people and tests; nothing decides by it. */
export const progress = defineQuery<WorkflowProgress>('progress');

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
  #done: Ended[] = [];
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
  note(ended: Ended): void {
    if (ended.steps === undefined) return;
    this.#done = [...this.#done.filter(({ operation }) => operation !== ended.operation), ended].slice(-MOST_SHOWN);
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
function describeProgress(machine: MachineKey, { phase, operation, waiting, host }: WorkflowProgress): string {
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

/** An operation that has ended, as its host tells of it; `failed`: the reason. */
export type Ended = { operation: string; steps?: unknown; failed?: string };

/** One table an operation that told its steps. What a host says is hostile: it formats nothing, and has its bounds. */
export function describeSteps(ended: readonly Ended[]): string[] {
  return ended.flatMap(({ operation, steps, failed }) => {
    const told = Array.isArray(steps) ? steps.filter(isStep).slice(0, MOST_STEPS) : [];
    const title = `**${asCell(operation)}**${failed ? ` failed: ${asCell(failed)}` : ''}`;
    return told.length > 0 ? [[title, '', ...HEAD, ...told.map(rowOf)].join('\n')] : [];
  });
}

type ShownStep = { [Field in keyof StepResult]?: unknown };

/** Written down by a gateway of this release, by one of another, or by somebody else. */
function isStep(step: unknown): step is ShownStep {
  return typeof step === 'object' && step !== null;
}

const MOST_STEPS = 32;
const HEAD = ['| step | began | seconds | attempts | MB | link away, s |', '| --- | --- | --- | --- | --- | --- |'];

function rowOf({ step, startedAt, seconds, attempts, bytes, awaySeconds, failed }: ShownStep): string {
  const megabytes = bytes === undefined ? '' : (Number(bytes) / 1e6).toFixed(1);
  const name = failed === true ? `${asCell(step)} - failed` : asCell(step);
  return `| ${[name, ...[startedAt, seconds, attempts, megabytes, awaySeconds ?? ''].map(asCell)].join(' | ')} |`;
}

/** Letters, digits and what times and names of operations are made of; nothing that formats, links or ends a cell. */
function asCell(value: unknown): string {
  return (
    String(value)
      .replace(/[^A-Za-z0-9.:+#/ -]/g, '')
      // Markdown as Temporal's UI shows it makes a link of a bare address, too.
      .replace(/:\/\/|www\./gi, ' ')
      .slice(0, 64)
  );
}

/** Conditions by type, as the run last wrote them. */
export class Told {
  readonly #conditions = new Map<string, ConditionUpdate>();

  /** Those that say something else than what was told. */
  newsOf(conditions: ConditionUpdate[]): ConditionUpdate[] {
    return conditions.filter((update) => !isSame(update, this.#conditions.get(update.type)));
  }

  note(...conditions: ConditionUpdate[]): void {
    for (const update of conditions) this.#conditions.set(update.type, update);
  }

  of(type: string): ConditionUpdate | undefined {
    return this.#conditions.get(type);
  }

  /** It may be lost: everything is said once more. */
  forget(): void {
    this.#conditions.clear();
  }
}

function isSame(one: ConditionUpdate, other: ConditionUpdate | undefined): boolean {
  return one.status === other?.status && one.reason === other.reason && one.message === other.message;
}
