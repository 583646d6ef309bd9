// The file that carries the trust of an installation: one JWE (RFC 7516) under a passphrase (PBES2, RFC 7518 §4.8), which any
// JOSE tool can open. Whoever has file and passphrase can be any host and any gateway, and give orders to every host.
import { CompactEncrypt, compactDecrypt } from 'jose';
import { z } from 'zod';
import { CA_SECRET_KEYS } from '../api/names.ts';
import { caPinOf } from '../common/pki/ca-pin.ts';
import { UsageError } from './usage-error.ts';

const TYPE = 'byo-trust+jwe';
/** PBKDF2 with SHA-512: about half a second for us, and for each guess of somebody who has found the file. */
const ROUNDS = 600_000;

/** The data of a Secret: base64, as stored. */
const data = z.record(z.string(), z.base64());

/** What is inside. A later version of this file is refused, since what it holds more would be lost in silence. */
export const Trust = z.object({
  version: z.literal(1).describe('Of this format.'),
  exportedAt: z.iso.datetime().describe('When it was exported.'),
  installation: z.uuid().describe('Id of the installation, which every certificate names.'),
  authority: data.describe('Secret byo-ca: CA, its key, and what will follow them.'),
  signing: data.describe('Secret byo-signing-key: the key that signs orders, and the next.'),
});
export type Trust = z.infer<typeof Trust>;

/** One line of text. */
export function sealTrust(trust: Trust, passphrase: string): Promise<string> {
  return new CompactEncrypt(Buffer.from(JSON.stringify(Trust.parse(trust))))
    .setProtectedHeader({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', typ: TYPE })
    .setKeyManagementParameters({ p2c: ROUNDS })
    .encrypt(Buffer.from(passphrase));
}

/** @throws UsageError when it is no such file, or the passphrase is another */
export async function openTrust(text: string, passphrase: string): Promise<Trust> {
  const parsed = Trust.safeParse(await decrypt(text.trim(), passphrase));
  if (parsed.success) return parsed.data;
  throw new UsageError(`the file holds something else than trust: ${z.prettifyError(parsed.error)}`, 'Use a newer byo');
}

async function decrypt(text: string, passphrase: string): Promise<unknown> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(text, Buffer.from(passphrase), {
      keyManagementAlgorithms: ['PBES2-HS512+A256KW'],
      contentEncryptionAlgorithms: ['A256GCM'],
      maxPBES2Count: ROUNDS,
    });
    if (protectedHeader.typ === TYPE) return JSON.parse(Buffer.from(plaintext).toString('utf8'));
  } catch {
    // A wrong passphrase and a damaged file look alike, as they must.
  }
  throw new UsageError(
    'the file cannot be opened',
    'Check the passphrase, and that it is a file of `byo trust export`',
  );
}

/** One line for people; nothing of it is secret. */
export function describeTrust({ installation, authority, exportedAt }: Trust): string {
  const pin = caPinOf(Buffer.from(authority[CA_SECRET_KEYS.certificate] ?? '', 'base64').toString('utf8'));
  return `the trust of installation ${installation} (CA ${pin}, exported ${exportedAt})`;
}
