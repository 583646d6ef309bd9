// Files of an OCI image layout: bundles for hosts that reach nothing else. Whoever reads verifies, so nothing is hashed here.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { GATEWAY_PATHS } from '../../api/gateway.ts';
import { Semaphore, type Limits } from '../limits.ts';
import type { Peer } from '../peer.ts';
import { decideRange } from './decide-range.ts';
import { refuse } from './problem.ts';

export type BlobService = {
  answer: (request: IncomingMessage, response: ServerResponse, peer: Peer) => Promise<void>;
  downloads: () => number;
};

/** The path below the layout for the path of a request, or undefined: names are taken from a list, never cleaned. */
export function blobPathOf(path: string): string | undefined {
  const name = path.slice(GATEWAY_PATHS.blobs.length);
  if (name === 'index.json' || name === 'oci-layout') return name;
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(name) ?? [];
  return hex === undefined ? undefined : join('blobs', 'sha256', hex);
}

/** `folder`: the layout; without one there are no blobs. A slot is held while bytes flow, so that many share the line. */
export function createBlobs(folder: string | undefined, limits: Limits): BlobService {
  const semaphore = new Semaphore(limits.downloadsPerHost, limits.downloads);
  return {
    downloads: () => semaphore.count,
    answer: async (request, response, { hostID }) => {
      const path = blobPathOf(request.url ?? '');
      if (folder === undefined || path === undefined) throw refuse('BlobNotFound');
      const release = semaphore.take(hostID);
      if (!release) throw refuse('DownloadsBusy');
      try {
        await sendFile(join(folder, path), request, response);
      } finally {
        release();
      }
    },
  };
}

async function sendFile(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await using file = await openFile(path);
  const { size } = await file.stat();
  const range = decideRange(request.headers.range, size);
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('Content-Type', 'application/octet-stream');
  if (range.kind === 'none') {
    response.setHeader('Content-Range', `bytes */${size}`);
    throw refuse('RangeNotSatisfiable');
  }
  const { start, end } = range.kind === 'part' ? range : { start: 0, end: size - 1 };
  if (range.kind === 'part') response.setHeader('Content-Range', `bytes ${start}-${end}/${size}`);
  response.setHeader('Content-Length', end - start + 1);
  response.statusCode = range.kind === 'part' ? 206 : 200;
  if (request.method === 'HEAD' || size === 0) response.end();
  else await pipeline(file.createReadStream({ start, end, autoClose: false }), response);
}

async function openFile(path: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK a FIFO in the folder would hold us until somebody writes to it.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    // Not there, not readable: the host needs no more than that it gets nothing.
    throw refuse('BlobNotFound');
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw refuse('BlobNotFound');
}
