// Into a stream a piece at a time: the next is asked for when the stream has taken the last, which may then be overwritten.
import type { Writable } from 'node:stream';

/**
 * Writes all of `input` and ends the stream; sooner when the stream takes no more, which is no failure of the input. Answers
 * what broke the input itself, if anything did: then the stream is not ended, since half must not pass for the whole.
 */
export async function feedStream(
  stream: Writable,
  input: AsyncIterable<Uint8Array>,
): Promise<{ failure: unknown } | undefined> {
  // Every write hears of it as well.
  stream.on('error', () => undefined);
  try {
    for await (const piece of input) if (!(await isTaken(stream, piece))) return undefined;
  } catch (failure) {
    return { failure };
  }
  stream.end();
  return undefined;
}

/** A stream that is destroyed amid a write may forget to call back (zlib does), but it always closes. */
function isTaken(stream: Writable, piece: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const onClose = (): void => resolve(false);
    stream.once('close', onClose);
    stream.write(piece, (error) => {
      stream.off('close', onClose);
      resolve(!error);
    });
  });
}
