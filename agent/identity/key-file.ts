// Keys of this host: each made here once, durable before it is used, never leaving.
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { P256PrivateJwk, P256PublicJwk } from '../../api/p256.ts';
import { createKeyPair, type KeyPair } from '../../common/keys/sealing.ts';
import { writeFileDurably } from '../../common/durable-file.ts';
import { isMissing } from '../../common/system-error.ts';

/** The files, in the state folder. The TLS key proves who the host is, orders are encrypted to the sealing key. */
export const KEY_FILES = { tls: 'tls-key.json', sealing: 'sealing-key.json' } as const;
export type KeyUse = keyof typeof KEY_FILES;

/** A key pair as its file holds it; what else a JWK says (`kid`, `alg`) is kept. */
export const StoredKey = z.object({
  id: z.string(),
  publicJwk: P256PublicJwk.loose(),
  privateJwk: P256PrivateJwk.loose(),
});

/** Algorithms in the words of `createKeyPair`: TLS and requests are signatures. */
const ALGORITHMS = { tls: 'signing', sealing: 'sealing' } as const;

/** Makes the state folder, 0700 whatever it was. */
export async function ensureStateDir(stateDir: string): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  await chmod(stateDir, 0o700);
}

/**
 * The key of this host; made and made durable on the first call. The folder becomes 0700, the file 0600.
 * @throws Error when the file is there and damaged: a new key in its place would be one that nobody pinned
 */
export async function ensureKey(stateDir: string, use: KeyUse): Promise<KeyPair> {
  await ensureStateDir(stateDir);
  return (await findKey(stateDir, use)) ?? makeKey(stateDir, use);
}

/** The key that is there. @throws Error when there is none, or a damaged one */
export async function readKey(stateDir: string, use: KeyUse): Promise<KeyPair> {
  const key = await findKey(stateDir, use);
  if (key) return key;
  throw new Error(`${join(stateDir, KEY_FILES[use])} is missing: enroll this host anew, \`byo-agent enroll --force\``);
}

async function findKey(stateDir: string, use: KeyUse): Promise<KeyPair | undefined> {
  const path = join(stateDir, KEY_FILES[use]);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const key = parseKey(text);
  if (key) return key;
  throw new Error(
    `${path} is damaged: enroll this host anew, \`byo-agent enroll --force\`, so that new keys are pinned`,
  );
}

function parseKey(text: string): KeyPair | undefined {
  try {
    return StoredKey.parse(JSON.parse(text));
  } catch {
    // What is wrong with it is not told: it would quote the key.
    return undefined;
  }
}

async function makeKey(stateDir: string, use: KeyUse): Promise<KeyPair> {
  const key = await createKeyPair(ALGORITHMS[use]);
  await writeFileDurably(join(stateDir, KEY_FILES[use]), JSON.stringify(key), { mode: 0o600 });
  return key;
}
