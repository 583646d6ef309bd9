// The token that some registries want even from anybody (RFC 6750 challenge; distribution's token authentication).
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { BundleError } from '../errors.ts';
import { bodyFrom } from './http-body.ts';
import { sendHttp, type HttpOptions } from './http-request.ts';
import { parseDocument } from '../read/parse-document.ts';
import { readDocumentBytes } from './document-bytes.ts';

const LARGEST_ANSWER = 64 * 1024;
const Text = z
  .string()
  .max(32 * 1024)
  .regex(/^[\x21-\x7e]+$/);
const Token = z.union([z.object({ token: Text }), z.object({ access_token: Text })]);

type Asked = HttpOptions & { readonly api: URL; readonly signal?: AbortSignal | undefined };

/** An anonymous token for what was refused. @throws BundleError `SourceRefused` when there is none for anybody */
export async function fetchToken({ headers }: Pick<IncomingMessage, 'headers'>, asked: Asked): Promise<string> {
  const { api, signal } = asked;
  const url = decideTokenAddress(headers['www-authenticate'], api);
  if (!url) throw new BundleError('SourceRefused', `${api.href} wants credentials, and none are ever given`);
  const answer = await sendHttp({ ...asked, url });
  const content = await readDocumentBytes(bodyFrom(answer, { url, signal, offset: 0 }), url.origin, LARGEST_ANSWER);
  const given = parseDocument(content, Token, `the token of ${url.origin}`);
  return 'token' in given ? given.token : given.access_token;
}

/** Where a Bearer challenge sends us: over TLS, or to the registry itself. Undefined for any other challenge. */
export function decideTokenAddress(challenge: string | undefined, api: URL): URL | undefined {
  const said = readChallenge(challenge ?? '');
  const realm = said.get('realm') ?? '';
  if (!URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  const isKnown = url.protocol === 'https:' || url.origin === api.origin;
  if (!isKnown || url.username !== '' || url.password !== '') return undefined;
  for (const name of ['service', 'scope']) {
    const value = said.get(name);
    if (value) url.searchParams.set(name, value);
  }
  return url;
}

function readChallenge(challenge: string): Map<string, string> {
  if (!/^bearer /i.test(challenge)) return new Map();
  const pairs = challenge.matchAll(/([a-z]+)="([^"]*)"/gi);
  return new Map([...pairs].map(([, name = '', value = '']) => [name.toLowerCase(), value]));
}
