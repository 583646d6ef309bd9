// The bytes of an answer from the one that was asked for, from servers that know ranges and from those that do not.
import type { IncomingMessage } from 'node:http';
import { BundleError } from '../errors.ts';
import { namingBreaks } from './breaks.ts';
import type { HttpRequest } from './http-request.ts';
import type { Pieces } from '../store/pieces.ts';

type Asked = Pick<HttpRequest, 'url' | 'signal'> & { readonly offset: number };

/** Headers that ask for bytes from `offset` on. */
export function rangeFrom(offset: number): Record<string, string> {
  return offset > 0 ? { range: `bytes=${offset}-` } : {};
}

/**
 * The bytes from `offset` on. A server that answers with the whole is heard from its start, and what is there already is
 * skipped. @throws BundleError `BlobNotFound`, `SourceRefused`, `SourceInterrupted`
 */
export function bodyFrom(answer: IncomingMessage, asked: Asked): Pieces {
  const skipped = decideSkip(answer, asked.offset);
  const { url, signal } = asked;
  if (skipped !== undefined) return namingBreaks(answer, { name: url.href, signal, skipped });
  answer.destroy();
  throw refusalOf(answer, asked);
}

/** Bytes to leave out before the one that was asked for, or undefined when it is not in this answer. */
function decideSkip({ statusCode, headers }: IncomingMessage, offset: number): number | undefined {
  if (statusCode === 200) return offset;
  return statusCode === 206 && (headers['content-range'] ?? '').startsWith(`bytes ${offset}-`) ? 0 : undefined;
}

/** An answer that holds nothing of what was asked for, in the words of bundles. */
export function refusalOf(
  { statusCode = 0 }: IncomingMessage,
  { url, offset = 0 }: Pick<Asked, 'url'> & { offset?: number },
): BundleError {
  const told = `${url.href} answered ${statusCode}`;
  if (statusCode === 404 || statusCode === 410) return new BundleError('BlobNotFound', told);
  if (statusCode === 206 || statusCode === 416) {
    return new BundleError('SourceInterrupted', `${told}: it does not go on from byte ${offset}`);
  }
  if (statusCode >= 500 || statusCode === 408 || statusCode === 429) return new BundleError('SourceInterrupted', told);
  return new BundleError('SourceRefused', told);
}
