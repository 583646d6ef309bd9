// A world for steps in tests: a fake machine under a real ledger and a real journal, and the rule that all steps obey.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterNotes } from '../cluster-folders/folder-notes.ts';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import type { HostNoteJournal } from '../journal/host-notes.ts';
import { openJournal } from '../journal/journal.ts';
import { createLedger } from '../ledger/machine-ledger.ts';
import type { Step, StepContext, StepReport } from '../runner/step.ts';

export type StepWorld = { host: FakeHost; context: StepContext; reports: StepReport[]; stateDir: string };

/** Of steps that have nothing to do with where a cluster keeps its things. */
export const NO_NOTES: ClusterNotes & HostNoteJournal = {
  recordNote: () => undefined,
  listNotes: () => [],
  replaceHostNotes: () => undefined,
  listHostNotes: () => [],
};

const open: (() => Promise<void>)[] = [];

/** Closed by `closeWorlds`. */
export async function openWorld(operation: string): Promise<StepWorld> {
  const host = await createFakeHost();
  const stateDir = await mkdtemp(join(tmpdir(), 'byo-state-'));
  const journal = openJournal(join(stateDir, 'journal.sqlite'));
  const key = { incarnation: '0c6a', generation: 1, operation };
  journal.openClaim(key);
  const ledger = createLedger({ journal, host, claim: key });
  const reports: StepReport[] = [];
  const report = (update: StepReport) => void reports.push(update);
  const context = { key, host, ledger, report, signal: new AbortController().signal };
  open.push(async () => {
    journal.close();
    await host.remove();
    await rm(stateDir, { recursive: true, force: true });
  });
  return { host, context, reports, stateDir };
}

export async function closeWorlds(): Promise<void> {
  for (const close of open.splice(0)) await close();
}

/** What every step must bear: not there, made, there, made again as after a crash, still there. */
export async function runTwice<Input>(step: Step<Input>, context: StepContext, input: Input): Promise<boolean[]> {
  const before = await step.look(context, input);
  await step.act(context, input);
  const after = await step.look(context, input);
  await step.act(context, input);
  return [before, after, await step.look(context, input)];
}

/** systemd, whose units are as their last daemon-reload left them, and containerd with the images it was given. */
export function playServices(host: FakeHost): void {
  const enabled = new Set<string>();
  const active = new Set<string>();
  host.onRun(([command, verb, unit = '']) => {
    if (command !== 'systemctl') return undefined;
    if (verb === 'enable') enabled.add(unit);
    if (verb === 'start') active.add(unit);
    return verb === 'show' ? { stdout: describeUnit(unit, enabled, active) } : undefined;
  });
  const images: string[] = [];
  host.onRun((argv, input) => {
    if (argv[0] !== 'ctr') return undefined;
    if (argv.includes('import')) images.push(nameOf(input));
    return argv.includes('list') ? { stdout: images.join('\n') } : undefined;
  });
}

function describeUnit(unit: string, enabled: Set<string>, active: Set<string>): string {
  const state = [`ActiveState=${active.has(unit) ? 'active' : 'inactive'}`, 'LoadState=loaded', 'NeedDaemonReload=no'];
  return [...state, `UnitFileState=${enabled.has(unit) ? 'enabled' : 'disabled'}`].join('\n');
}

/** The image's own name stands in the index of its archive. */
function nameOf(archive: Buffer | undefined): string {
  return /"io\.containerd\.image\.name":"([^"]+)"/.exec(archive?.toString('latin1') ?? '')?.[1] ?? '';
}
