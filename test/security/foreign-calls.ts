// What a host might ask of Temporal about the task of another, each call whole and right, so that it would do its work.
import { randomUUID } from 'node:crypto';
import { methodPath, wire } from './grpc.ts';
import { resultPayloads, type Given } from './tasks.ts';

const namespace = 'default';

export function foreignCalls(task: Given): { path: string; body: Uint8Array }[] {
  return [...answersById(task), ...onWorkflow(task), ...beyond()];
}

const call = (name: string, body: Uint8Array) => ({ path: methodPath(name), body });

function answersById({ workflowId, activityId }: Given): ReturnType<typeof call>[] {
  const by = { namespace, workflowId, activityId };
  return [
    call(
      'RespondActivityTaskCompletedById',
      wire.RespondActivityTaskCompletedByIdRequest.encode({ ...by, result: resultPayloads('by a') }).finish(),
    ),
    call('RespondActivityTaskFailedById', wire.RespondActivityTaskFailedByIdRequest.encode(by).finish()),
    call('RespondActivityTaskCanceledById', wire.RespondActivityTaskCanceledByIdRequest.encode(by).finish()),
    call('RecordActivityTaskHeartbeatById', wire.RecordActivityTaskHeartbeatByIdRequest.encode(by).finish()),
  ];
}

function onWorkflow({ workflowId }: Given): ReturnType<typeof call>[] {
  const execution = { workflowId };
  const of = { namespace, workflowExecution: execution };
  return [
    call('SignalWorkflowExecution', wire.SignalWorkflowExecutionRequest.encode({ ...of, signalName: 'x' }).finish()),
    call('TerminateWorkflowExecution', wire.TerminateWorkflowExecutionRequest.encode(of).finish()),
    call('RequestCancelWorkflowExecution', wire.RequestCancelWorkflowExecutionRequest.encode(of).finish()),
    call('DeleteWorkflowExecution', wire.DeleteWorkflowExecutionRequest.encode(of).finish()),
    call('ResetWorkflowExecution', wire.ResetWorkflowExecutionRequest.encode(of).finish()),
    call(
      'GetWorkflowExecutionHistory',
      wire.GetWorkflowExecutionHistoryRequest.encode({ namespace, execution }).finish(),
    ),
    call('DescribeWorkflowExecution', wire.DescribeWorkflowExecutionRequest.encode({ namespace, execution }).finish()),
  ];
}

function beyond(): ReturnType<typeof call>[] {
  const workflowId = `evil/${randomUUID()}`;
  const taskQueue = { name: workflowId };
  const start = { namespace, workflowId, requestId: workflowId, workflowType: { name: 'evil' }, taskQueue };
  return [
    call('StartWorkflowExecution', wire.StartWorkflowExecutionRequest.encode(start).finish()),
    call(
      'SignalWithStartWorkflowExecution',
      wire.SignalWithStartWorkflowExecutionRequest.encode({ ...start, signalName: 'x' }).finish(),
    ),
    call('ListWorkflowExecutions', wire.ListWorkflowExecutionsRequest.encode({ namespace }).finish()),
    call('PollWorkflowTaskQueue', wire.PollWorkflowTaskQueueRequest.encode({ namespace, taskQueue }).finish()),
    call('PollNexusTaskQueue', wire.PollNexusTaskQueueRequest.encode({ namespace, taskQueue }).finish()),
    call('ListNamespaces', wire.ListNamespacesRequest.encode({}).finish()),
    { path: '/temporal.api.operatorservice.v1.OperatorService/ListSearchAttributes', body: new Uint8Array() },
    { path: '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', body: new Uint8Array() },
  ];
}

/** Every way to answer a task by its token. */
export function answersBy(taskToken: Uint8Array): { path: string; body: Uint8Array }[] {
  const by = { namespace, taskToken };
  const failure = { message: 'by a', applicationFailureInfo: { type: 'X' } };
  return [
    completionBy(taskToken),
    call('RespondActivityTaskFailed', wire.RespondActivityTaskFailedRequest.encode({ ...by, failure }).finish()),
    call('RespondActivityTaskCanceled', wire.RespondActivityTaskCanceledRequest.encode(by).finish()),
    call('RecordActivityTaskHeartbeat', wire.RecordActivityTaskHeartbeatRequest.encode(by).finish()),
  ];
}

export function completionBy(taskToken: Uint8Array): { path: string; body: Uint8Array } {
  const request = { namespace, taskToken, result: resultPayloads('by a') };
  return call('RespondActivityTaskCompleted', wire.RespondActivityTaskCompletedRequest.encode(request).finish());
}
