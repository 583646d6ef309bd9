// The text of a kubeconfig with everything inside it; pure.
import { stringify } from 'yaml';
import type { KeyPair } from './certificates.ts';

/** `authority` and `client` are PEM; `as` is a user to impersonate, so that its rights and no others apply. */
export type KubeconfigParts = {
  cluster: string;
  server: string;
  authority: string;
  user: string;
  client: KeyPair;
  as?: string;
};

/** Render one cluster, one user, one context. */
export function renderKubeconfig(parts: KubeconfigParts): string {
  const user = {
    'client-certificate-data': encode(parts.client.certificate),
    'client-key-data': encode(parts.client.key),
    ...(parts.as === undefined ? {} : { as: parts.as }),
  };
  const context = `${parts.user}@${parts.cluster}`;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: parts.cluster, cluster: { server: parts.server, 'certificate-authority-data': encode(parts.authority) } },
    ],
    users: [{ name: parts.user, user }],
    contexts: [{ name: context, context: { cluster: parts.cluster, user: parts.user } }],
    'current-context': context,
  });
}

function encode(pem: string): string {
  return Buffer.from(pem).toString('base64');
}
