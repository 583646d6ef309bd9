// What the gateway is and trusts: its certificate, the CA certificates and the keys that seal task tokens, all from one
// Secret that the controller writes and renews. Nothing of it is ever on disk.
import { X509Certificate } from 'node:crypto';
import { GATEWAY_SECRET, SYSTEM_NAMESPACE } from '../api/names.ts';
import { describeError } from '../common/errors.ts';
import { parseIdentity } from '../common/keys/identity.ts';
import type { Kube } from '../common/kube/client.ts';
import { SECRETS, type Secret } from '../common/kube/resources.ts';
import { retryForever } from '../common/retry-forever.ts';
import type { Logger } from '../common/log.ts';
import { pause } from '../common/pause.ts';

/** `cert`, `key` and `ca` in PEM; `installation` from the own certificate; `version` changes when anything does. */
export type Credentials = {
  version: string;
  installation: string;
  cert: string;
  key: string;
  ca: string;
  tokenKeys: { current: Buffer; previous?: Buffer };
};

const KEY = { namespace: SYSTEM_NAMESPACE, name: GATEWAY_SECRET };
const TOKEN_KEY_BYTES = 32;
const READ_AGAIN_MS = 30_000;

/** @throws Error that names the entry, never its content */
function parseCredentials({ metadata, data }: Secret): Credentials {
  const read = (name: string): Buffer => {
    const value = data[name];
    if (value) return Buffer.from(value, 'base64');
    throw new Error(`Secret ${KEY.namespace}/${KEY.name} has no ${name}; the controller writes it`);
  };
  const cert = read('tls.crt').toString('utf8');
  const previous = data['token-key-previous'] ? tokenKey(read('token-key-previous')) : undefined;
  return {
    version: `${metadata.uid}/${metadata.resourceVersion}`,
    installation: installationOf(cert),
    cert,
    key: read('tls.key').toString('utf8'),
    ca: read('ca.crt').toString('utf8'),
    tokenKeys: { current: tokenKey(read('token-key')), ...(previous ? { previous } : {}) },
  };
}

function installationOf(cert: string): string {
  const identity = parseIdentity(new X509Certificate(cert).subjectAltName);
  if (identity?.kind === 'gateway') return identity.installation;
  throw new Error(`the certificate in Secret ${KEY.namespace}/${KEY.name} is not a gateway's`);
}

function tokenKey(key: Buffer): Buffer {
  if (key.length === TOKEN_KEY_BYTES) return key;
  throw new Error(`a token key in Secret ${KEY.namespace}/${KEY.name} is not ${TOKEN_KEY_BYTES} bytes`);
}

type Waiting = { log: Logger; signal: AbortSignal };

/** Waits until the controller has made the Secret. Rejects only when `signal` is aborted. */
export async function readCredentials(kube: Kube, { log, signal }: Waiting): Promise<Credentials> {
  const what = `Secret ${KEY.namespace}/${KEY.name}, which the controller makes,`;
  return retryForever(async () => parseCredentials(await kube.get(SECRETS, KEY)), { log, what, signal });
}

/** Reads the Secret again and again until `signal` is aborted; what is unreadable is logged and what stood before stays. */
export async function followCredentials(
  kube: Kube,
  { log, signal, onChange }: Waiting & { onChange: (fresh: Credentials) => void },
  known: Credentials,
): Promise<void> {
  let last = known;
  while (!signal.aborted) {
    await pause(READ_AGAIN_MS, signal);
    if (signal.aborted) return;
    try {
      const fresh = parseCredentials(await kube.get(SECRETS, KEY));
      if (fresh.version === last.version) continue;
      onChange(fresh);
      last = fresh;
      log.info({ version: fresh.version }, 'new certificate and keys are in use');
    } catch (error) {
      log.error(
        { error: describeError(error) },
        'the Secret of the gateway cannot be read; what was read before stays',
      );
    }
  }
}
