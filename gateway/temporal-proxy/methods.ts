// The methods of Temporal's frontend, and the few that a host may call.
import proto from '@temporalio/proto';
import { rebuildCanceled, rebuildCompleted, rebuildFailed, rebuildHeartbeat, type Rebuild } from './requests.ts';
import { rebuildHeartbeatAnswer } from './responses.ts';

/** How a method is served: `forward` rebuilds both ways, the others have code of their own (`serve-call.ts`). */
export type Method =
  | { kind: 'poll' | 'systemInfo' | 'namespace' | 'workerHeartbeat' | 'shutdown' | 'refused' }
  | { kind: 'forward'; request: Rebuild; response(bytes: Uint8Array): Uint8Array; audited: boolean };

const SERVICE = '/temporal.api.workflowservice.v1.WorkflowService/';
const nothing = (): Uint8Array => new Uint8Array();

/** What an activity worker of SDK 1.24 calls; anything else is refused, whatever a later server may learn. */
const ALLOWED: Record<string, Method> = {
  GetSystemInfo: { kind: 'systemInfo' },
  DescribeNamespace: { kind: 'namespace' },
  PollActivityTaskQueue: { kind: 'poll' },
  RecordActivityTaskHeartbeat: {
    kind: 'forward',
    request: rebuildHeartbeat,
    response: rebuildHeartbeatAnswer,
    audited: false,
  },
  RespondActivityTaskCompleted: { kind: 'forward', request: rebuildCompleted, response: nothing, audited: true },
  RespondActivityTaskFailed: { kind: 'forward', request: rebuildFailed, response: nothing, audited: true },
  RespondActivityTaskCanceled: { kind: 'forward', request: rebuildCanceled, response: nothing, audited: true },
  RecordWorkerHeartbeat: { kind: 'workerHeartbeat' },
  ShutdownWorker: { kind: 'shutdown' },
};

/** Services that a Temporal frontend or a gRPC server may have. A path of none of them does not exist here at all. */
const REFUSED_SERVICES = {
  'temporal.api.workflowservice.v1.WorkflowService': namesOf(proto.temporal.api.workflowservice.v1.WorkflowService),
  'temporal.api.operatorservice.v1.OperatorService': namesOf(proto.temporal.api.operatorservice.v1.OperatorService),
  'grpc.health.v1.Health': ['Check', 'Watch', 'List'],
  'grpc.reflection.v1.ServerReflection': ['ServerReflectionInfo'],
  'grpc.reflection.v1alpha.ServerReflection': ['ServerReflectionInfo'],
};

/** Every path that is answered, with how. */
export function allMethods(): Map<string, Method> {
  const refused = Object.entries(REFUSED_SERVICES).flatMap(([service, names]) =>
    names.map((name): [string, Method] => [`/${service}/${name}`, { kind: 'refused' }]),
  );
  const allowed = Object.entries(ALLOWED).map(([name, method]): [string, Method] => [`${SERVICE}${name}`, method]);
  return new Map([...refused, ...allowed]);
}

/** Reflection knows the methods, the types do not tell. */
function namesOf(service: object): string[] {
  const methods: unknown = Reflect.get(service, 'methods');
  return typeof methods === 'object' && methods !== null ? Object.keys(methods) : [];
}
