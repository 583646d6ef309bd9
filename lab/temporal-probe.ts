// Proves that a Temporal server works, not merely answers: starts a workflow, plays its worker for one task, sees it end.
import { randomUUID } from 'node:crypto';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';

const { CommandType } = proto.temporal.api.enums.v1;

/** Run one workflow to its end in `namespace`. Throws when any of it fails or takes longer than 10 s. */
export async function runProbeWorkflow(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 2000 });
  try {
    await connection.withDeadline(Date.now() + 10_000, async () => runOnce(connection, namespace));
  } finally {
    await connection.close();
  }
}

async function runOnce(connection: Connection, namespace: string): Promise<void> {
  const service = connection.workflowService;
  const id = `lab-probe/${randomUUID()}`;
  const taskQueue = { name: id };
  await service.startWorkflowExecution({
    namespace,
    workflowId: id,
    requestId: id,
    workflowType: { name: 'labProbe' },
    taskQueue,
  });
  const task = await service.pollWorkflowTaskQueue({ namespace, taskQueue, identity: 'lab-probe' });
  if (task.taskToken.length === 0) throw new Error('Temporal gave no workflow task');
  await service.respondWorkflowTaskCompleted({
    namespace,
    taskToken: task.taskToken,
    identity: 'lab-probe',
    commands: [
      {
        commandType: CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
        completeWorkflowExecutionCommandAttributes: {},
      },
    ],
  });
}
