// The certificate of a server on localhost, signed by itself, as files for servers and as PEM.
import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export type ServerPair = { cert: string; key: string; certFile: string; keyFile: string };

/** Good for a day. */
export async function makeServerPair(folder: string): Promise<ServerPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    name: [{ CN: ['localhost'] }],
    notAfter: new Date(Date.now() + 24 * 3600_000),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }]),
    ],
  });
  const cert = certificate.toString('pem');
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const pair = { cert, key, certFile: join(folder, 'server.crt'), keyFile: join(folder, 'server.key') };
  await writeFile(pair.certFile, cert);
  await writeFile(pair.keyFile, key, { mode: 0o600 });
  return pair;
}
