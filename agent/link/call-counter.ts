// The calls in what an HTTP/2 client says, counted as its bytes pass: each HEADERS frame of a client begins one (RFC 9113).

const PREFACE_BYTES = 24;
const FRAME_HEADER_BYTES = 9;
const TYPE_AT = 3;
const HEADERS = 1;

/** Takes the bytes of one connection, from its first on and however they are cut; answers how many calls they begin. */
export type CallCounter = (bytes: Uint8Array) => number;

export function createCallCounter(): CallCounter {
  // Bytes of no interest that are still to come, and the part of a frame's header that has come.
  let toSkip = PREFACE_BYTES;
  let head: number[] = [];
  return (bytes) => {
    let calls = 0;
    let at = 0;
    while (at < bytes.length) {
      const skipped = Math.min(toSkip, bytes.length - at);
      toSkip -= skipped;
      at += skipped;
      const missing = bytes.subarray(at, toSkip > 0 ? at : at + FRAME_HEADER_BYTES - head.length);
      head.push(...missing);
      at += missing.length;
      if (head.length < FRAME_HEADER_BYTES) continue;
      if (head[TYPE_AT] === HEADERS) calls += 1;
      toSkip = Buffer.from(head).readUIntBE(0, TYPE_AT);
      head = [];
    }
    return calls;
  };
}
