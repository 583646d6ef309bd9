// Calls of Temporal's frontend by a plain gRPC client, which sends whatever bytes a test wants.
import { Metadata, type Client as GrpcClient, type ServiceError } from '@grpc/grpc-js';
import proto from '@temporalio/proto';
import { hostQueueOf } from '../../../api/names.ts';

const api = proto.temporal.api.workflowservice.v1;
export const SERVICE = '/temporal.api.workflowservice.v1.WorkflowService/';
const asIs = (value: Buffer): Buffer => value;

export type Reply = { code: number; bytes?: Buffer };
export function send(
  by: GrpcClient,
  path: string,
  request: Uint8Array = Buffer.alloc(0),
): Promise<Reply> & { cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<Reply>();
  const end = (error: ServiceError | null, reply?: Buffer) =>
    resolve(error ? { code: error.code } : { code: 0, ...(reply && { bytes: reply }) });
  const options = { deadline: Date.now() + 60_000 };
  const call = by.makeUnaryRequest(path, asIs, asIs, Buffer.from(request), new Metadata(), options, end);
  return Object.assign(promise, { cancel: () => call.cancel() });
}
export const poll = (by: GrpcClient, hostID: string) =>
  send(
    by,
    `${SERVICE}PollActivityTaskQueue`,
    api.PollActivityTaskQueueRequest.encode({ namespace: 'x', taskQueue: { name: hostQueueOf(hostID) } }).finish(),
  );
