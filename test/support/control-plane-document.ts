// The bootstrap document of a first control plane as Cluster API's kubeadm provider makes it, with keys as large and as
// random as real ones: what is compressed is then no smaller than in the field.
import 'reflect-metadata';
import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const makePair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const DUMMY = /( *)-----BEGIN DUMMY (\S+)-----\n[^-]*-----END DUMMY \S+-----\n/g;

/** Made anew at each call: RSA of 2048 bits for three authorities and for service accounts, as Cluster API makes them. */
export async function makeControlPlaneDocument(): Promise<string> {
  const path = new URL('../../agent/steps/join/cloud-init/testdata/init.cloud-config', import.meta.url);
  const template = await readFile(path, 'utf8');
  const files = new Map<string, string>();
  for (const authority of ['ca', 'etcd/ca', 'front-proxy-ca']) {
    const { certificate, key } = await makeAuthority();
    files.set(`${authority}.crt`, certificate).set(`${authority}.key`, key);
  }
  const account = pemOf(makePair());
  files.set('sa.pub', account.public).set('sa.key', account.private);
  return template.replaceAll(DUMMY, (_dummy, indent: string, name: string) =>
    (files.get(name) ?? '').replaceAll(/^(?=.)/gm, indent),
  );
}

type Pem = { public: string; private: string };

/** As `kubeadm` writes them: PKIX and PKCS#1. */
function pemOf({ publicKey, privateKey }: KeyPairKeyObjectResult): Pem {
  return {
    public: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    private: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  };
}

async function makeAuthority(): Promise<{ certificate: string; key: string }> {
  const pair = makePair();
  const pkcs8 = pair.privateKey.export({ type: 'pkcs8', format: 'der' });
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
  const publicKey = await crypto.subtle.importKey('spki', spki, ALGORITHM, true, ['verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=kubernetes',
    keys: { privateKey: await crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']), publicKey },
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: pemOf(pair).private };
}
