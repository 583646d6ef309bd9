// A program for tests, started in a mount namespace of its own: the agent's operations on a state folder whose disk is
// full or read-only, and freed later. Prints what the host says at each stage as JSON, one line each.
import { closeSync, existsSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger } from '../../common/log.ts';
import type { Order } from '../../api/orders.ts';
import { createFakeHost } from '../host/fake-host.ts';
import { runCommand } from '../host/run-command.ts';
import { findIdentity, readIdentity, writeIdentity, type Identity } from '../identity/identity.ts';
import { keepIdentity } from '../identity/keep-identity.ts';
import { openJournal } from '../journal/journal.ts';
import { openOperations } from '../open-operations.ts';
import type { AgentOperations } from '../operations.ts';

const [folder = '', scenario = ''] = process.argv.slice(2);
const stateDir = join(folder, 'state');
const path = join(stateDir, 'journal.sqlite');
const claim = { incarnation: 'a', generation: 3 };
const SOMEBODY = {
  requestHash: 'x',
  management: 'm',
  hostID: '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11',
  namespace: 'n',
  name: 'h',
  authorities: ['ca'],
  signers: [{ kid: 'k' }],
};
const joining = { ...claim, operation: 'join' };
const order: Order = {
  verb: 'reset',
  hostID: '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11',
  ...claim,
  operation: 'reset',
  issuedAt: 1,
  arguments: { skipEtcdMemberRemoval: false },
};

await mkdir(stateDir);
await must(['mount', '-t', 'tmpfs', '-o', `size=${scenario === 'reserve' ? '24m' : '3m'}`, 'none', stateDir]);
const scenarios: Record<string, () => Promise<void>> = {
  full,
  'read-only': readOnly,
  new: asNew,
  middle,
  reserve,
  identity,
};
await scenarios[scenario]?.();

async function full(): Promise<void> {
  claimIt();
  await startAndFree(fill, async () => rmSync(join(stateDir, 'filler')));
}

async function readOnly(): Promise<void> {
  claimIt();
  await startAndFree(
    () => remount('ro'),
    () => remount('rw'),
  );
}

async function asNew(): Promise<void> {
  await startAndFree(fill, async () => rmSync(join(stateDir, 'filler')));
}

async function middle(): Promise<void> {
  claimIt();
  const journal = openJournal(path);
  await fill();
  const writes = Array.from({ length: 2000 }, (_, at) => () => journal.intendStep(joining, 'FetchBundle', `boot${at}`));
  const failed = attempt(() => writes.forEach((write) => write()));
  print({ failed, trouble: journal.trouble()?.reason, still: journal.trouble()?.reason });
  rmSync(join(stateDir, 'filler'));
  print({ trouble: journal.trouble()?.reason ?? 'none', again: attempt(() => writes[0]?.()) });
  journal.close();
}

async function reserve(): Promise<void> {
  claimIt();
  const kept = existsSync(`${path}.reserve`);
  await fill();
  const { operations, close } = await open();
  const said = { kept, ...tell(operations), left: existsSync(`${path}.reserve`) };
  rmSync(join(stateDir, 'filler'));
  print(said);
  print({ ...tell(operations), kept: existsSync(`${path}.reserve`) });
  close();
}

function identityOf(certificate: string): Identity {
  return { ...SOMEBODY, certificate };
}

async function identity(): Promise<void> {
  const log = createLogger('test', 'silent');
  const { signal } = new AbortController();
  await writeIdentity(stateDir, identityOf('first'));
  await remount('ro');
  await keepIdentity({ stateDir, log, signal }, identityOf('second'), { least: 20, most: 20 });
  const onDisk = async () => (await findIdentity(stateDir))?.certificate;
  print({ used: (await readIdentity(stateDir)).certificate, onDisk: await onDisk() });
  await remount('rw');
  while ((await onDisk()) !== 'second') await new Promise(setImmediate);
  await writeIdentity(stateDir, identityOf('third'));
  print({ used: (await readIdentity(stateDir)).certificate, onDisk: await onDisk() });
}

function claimIt(): void {
  const journal = openJournal(path);
  journal.openClaim(claim);
  journal.beginOperation(joining, { closing: false });
  journal.close();
}

async function startAndFree(spoil: () => Promise<void>, free: () => Promise<void>): Promise<void> {
  await spoil();
  const { operations, close } = await open();
  const resumed = operations.resume();
  const refused = await operations.perform(order).catch((error: unknown) => error);
  const memory = join(folder, 'memory');
  print({ ...tell(operations), refused, copies: existsSync(memory) ? readdirSync(memory) : [] });
  const { promise: told, resolve } = Promise.withResolvers<void>();
  operations.onChange(resolve);
  await free();
  await told;
  await resumed;
  print(tell(operations));
  close();
}

async function open() {
  const memory = join(folder, 'memory');
  return openOperations({
    host: await createFakeHost(),
    log: createLogger('test', process.env['BYO_LOG'] ?? 'silent'),
    stateDir,
    memory,
    retryMilliseconds: 20,
  });
}

function tell(operations: AgentOperations) {
  return { quarantine: operations.quarantine(), open: operations.claims().open, latest: operations.latest() };
}

/** Until not a byte more fits. */
async function fill(): Promise<void> {
  const file = openSync(join(stateDir, 'filler'), 'w');
  for (const bytes of [65_536, 4096, 1]) while (attempt(() => writeSync(file, Buffer.alloc(bytes, 1))) === 'done');
  closeSync(file);
}

function remount(mode: 'ro' | 'rw'): Promise<void> {
  return must(['mount', '-o', `remount,${mode}`, stateDir]);
}

function attempt(act: () => unknown): unknown {
  try {
    act();
    return 'done';
  } catch (error) {
    return error instanceof Error && 'reason' in error ? error.reason : String(error);
  }
}

async function must(argv: string[]): Promise<void> {
  const { exitCode, stderr } = await runCommand(argv);
  if (exitCode !== 0) throw new Error(stderr);
}

function print(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
