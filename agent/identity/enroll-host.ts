// `byo-agent enroll`: this machine becomes a host of a management cluster. May be run again after any interruption.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { parseToken, type Token } from '../../common/enrollment/token.ts';
import { ByoError } from '../../common/errors.ts';
import { readDraft, writeConfig, type ConfigDraft } from '../config.ts';
import { removeFileDurably } from '../../common/durable-file.ts';
import { openJournal } from '../journal/journal.ts';
import { witnessPathOf } from '../journal/witness.ts';
import { forgetClusters } from '../leftovers/told.ts';
import { findIdentity, IDENTITY_FILE, writeIdentity, type Identity } from './identity.ts';
import { ensureKey, ensureStateDir, KEY_FILES } from './key-file.ts';
import { makeRequest, requestIdentity, type Asking } from './request-identity.ts';

export type EnrollOptions = Pick<Asking, 'gateway' | 'pin' | 'signal' | 'onRetry' | 'handshakeMilliseconds'> & {
  proxy?: string | undefined;
  /** Reads the token's text; asked only when it is needed. */
  readToken(): Promise<string>;
  /** Path of config.yaml. */
  config: string;
  /** A new identity, with new keys, in place of the present one. */
  force: boolean;
};

/** `isNew` false: the host was enrolled already, and nothing was changed. */
export type Enrolled = { identity: Identity; isNew: boolean };

/** @throws ByoError `Untrusted`, `EnrolmentRefused`, `ClaimConflict`, `HostBusy`; Error for wrong input */
export async function enrollHost(options: EnrollOptions): Promise<Enrolled> {
  const draft = await readDraft(options.config);
  if (!options.force) {
    const present = await findIdentity(draft.stateDir);
    if (present) return { identity: present, isNew: false };
  }
  // All input is looked at before anything is given up.
  const token = parseToken(await options.readToken());
  await ensureStateDir(draft.stateDir);
  if (options.force) await forgetIdentity(draft.stateDir);
  const identity = await askAndKeep(options, draft, token);
  return { identity, isNew: true };
}

async function askAndKeep(options: EnrollOptions, draft: ConfigDraft, token: Token): Promise<Identity> {
  const { stateDir } = draft;
  const proxy = options.proxy ?? draft.proxy;
  const keys = { tls: await ensureKey(stateDir, 'tls'), sealing: await ensureKey(stateDir, 'sealing') };
  const request = await makeRequest(token, keys, hostname());
  const identity = await requestIdentity({ ...options, proxy }, request, keys);
  await mkdir(dirname(options.config), { recursive: true, mode: 0o700 });
  await writeConfig(options.config, { ...draft, gateway: options.gateway, ...(proxy === undefined ? {} : { proxy }) });
  // Last: its presence says that the rest is there, and the service starts by it.
  await writeIdentity(stateDir, identity);
  return identity;
}

/**
 * Gives the present identity up. Refused while a claim is open: its orders are sealed to the present keys, so nobody could
 * tell this host to clean up any more. @throws ByoError `ClaimConflict`; `HostBusy` while the agent runs
 */
async function forgetIdentity(stateDir: string): Promise<void> {
  const path = join(stateDir, 'journal.sqlite');
  // One that is not there is not made here: whether this host may begin anew is for the agent to judge.
  const journal = existsSync(path) || existsSync(witnessPathOf(path)) ? openJournal(path) : undefined;
  try {
    const open = journal?.readClaims().open;
    if (open) throw claimOpen(open.generation);
    if (journal) forgetClusters(journal);
    // The identity first: one without its keys would be worth nothing.
    for (const file of [IDENTITY_FILE, KEY_FILES.tls, KEY_FILES.sealing]) await removeFileDurably(join(stateDir, file));
  } finally {
    journal?.close();
  }
}

function claimOpen(generation: number): ByoError {
  return new ByoError('ClaimConflict', `this host is claimed by a machine (generation ${generation})`, {
    remedy: 'Delete its Machine first, so that the host is cleaned; then enroll it anew',
    retryable: false,
  });
}
