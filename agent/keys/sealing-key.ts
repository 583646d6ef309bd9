// The host's sealing key: made here once, never leaves; orders are encrypted to it.
import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { z } from 'zod';
import { createKeyPair, type KeyPair } from '../../common/sealing.ts';

const FILE = 'sealing-key.json';
const P256 = z.looseObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() });
const StoredKey = z.object({ id: z.string(), publicJwk: P256, privateJwk: P256.extend({ d: z.string() }) });

/**
 * The key of this host; made and made durable on the first call. The folder becomes 0700, the file 0600.
 * @throws Error when the file is there and damaged: a new key in its place would be one that nobody pinned
 */
export async function ensureSealingKey(stateDir: string): Promise<KeyPair> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  await chmod(stateDir, 0o700);
  return (await readKey(stateDir)) ?? makeKey(stateDir);
}

async function readKey(stateDir: string): Promise<KeyPair | undefined> {
  const text = await readFile(join(stateDir, FILE), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const parsed = StoredKey.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(`${join(stateDir, FILE)} is damaged: remove it, restart, and have the new key pinned for this host`);
}

async function makeKey(stateDir: string): Promise<KeyPair> {
  const key = await createKeyPair('sealing');
  const path = join(stateDir, FILE);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(key));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(stateDir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return key;
}

const KeySet = z.object({ keys: z.array(P256).min(1).max(8) });

/** The controllers' public keys from a JWKS file (RFC 7517 §5); read at each order, so that a new key needs no restart. */
export async function readTrust(path: string): Promise<JWK[]> {
  return KeySet.parse(JSON.parse(await readFile(path, 'utf8'))).keys;
}
