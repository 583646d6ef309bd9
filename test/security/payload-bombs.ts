// Answers of a host that hold as many payloads as fit: two bytes each on the wire, and an object each for who decodes them.
import { methodPath, type GrpcCall } from './grpc.ts';

/** The field of each method's request that holds payloads; the token is field 1 of all. */
const ANSWERS = { RespondActivityTaskCompleted: 2, RecordActivityTaskHeartbeat: 2, RespondActivityTaskFailed: 5 };

/** One call of each method, of about so many bytes. */
export function payloadBombs(bytes: number, taskToken: Uint8Array = Buffer.alloc(0)): GrpcCall[] {
  const payloads = Buffer.alloc(bytes, Buffer.of(0x0a, 0));
  return Object.entries(ANSWERS).map(([method, id]) => ({
    path: methodPath(method),
    body: Buffer.concat([field(1, taskToken), field(id, payloads)]),
  }));
}

function field(id: number, bytes: Uint8Array): Buffer {
  const length = [0, 7, 14, 21].map((shift) => ((bytes.length >> shift) & 0x7f) | (shift < 21 ? 0x80 : 0));
  return Buffer.concat([Buffer.of(id * 8 + 2, ...length), bytes]);
}
