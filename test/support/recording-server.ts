// An HTTPS server of somebody who is not us: it answers as a test wants, and keeps what it was told.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { stringify } from 'yaml';
import { z } from 'zod';
import { SERVER_NAMES } from '../../api/gateway.ts';
import { createAuthority, loadAuthority } from '../../common/pki/authority.ts';
import { issueControllerCertificate } from '../../common/pki/issue.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;
/** What one request said of who sends it. */
type Heard = { authorization?: string | undefined; userAgent?: string | undefined };
/** `authority` is the PEM of the CA that its certificate is by; the certificate bears the controller's name. */
export type RecordingServer = { url: string; authority: string; heard: Heard[]; close: () => void };

/** Takes client certificates of anybody. Listens on the loopback. */
export async function startRecording(answer: Answer): Promise<RecordingServer> {
  const authority = await loadAuthority(await createAuthority('somebody', new Date()));
  const installation = '7d8a3c4e-0000-4000-8000-000000000001';
  const { certificate, key } = await issueControllerCertificate(authority, { installation, now: new Date() });
  const heard: Heard[] = [];
  const options = { cert: certificate, key, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, (request, response) => {
    heard.push({ authorization: request.headers.authorization, userAgent: request.headers['user-agent'] });
    answer(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = z.object({ port: z.int() }).parse(server.address() satisfies AddressInfo | string | null);
  const close = (): void => server.close().closeAllConnections();
  return { url: `https://127.0.0.1:${port}`, authority: authority.pem, heard, close };
}

/** A kubeconfig for it, of this user; without `trusted` it names no CA. */
export function kubeconfigFor(
  { url, authority }: Pick<RecordingServer, 'url' | 'authority'>,
  user: object,
  { trusted = true } = {},
): string {
  const trust = { 'certificate-authority-data': Buffer.from(authority).toString('base64') };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [
      { name: 'c', cluster: { server: url, 'tls-server-name': SERVER_NAMES.controller, ...(trusted && trust) } },
    ],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  });
}
