// A task of Temporal in the hands of a light host: its order opened as an agent opens it, carried out, and answered.
import proto from '@temporalio/proto';
import type { JWK } from 'jose';
import { readEnvelope } from '../../activities/host/read-order.ts';
import { describeError } from '../../common/errors.ts';
import { openOrder } from '../../common/keys/sealing.ts';
import type { ScriptedHost } from './scripted-host.ts';

const wire = proto.temporal.api.workflowservice.v1;

/** A call of Temporal's workflow service. */
export type Say = (method: string, body: Uint8Array) => Promise<unknown>;

/** `host`: private sealing key; `trusted`: who may sign orders. */
export type OrderKeys = { host: JWK; trusted: JWK[] };

/** As the SDK throttles it under the agent's own bound of 10 s. */
const HEARTBEAT_MS = 10_000;

/** `bytes`: the answer to a poll, which may bring nothing. What fails is answered as a failure. */
export async function carryOut(bytes: Uint8Array, host: ScriptedHost, keys: OrderKeys, say: Say): Promise<void> {
  const { taskToken, input } = wire.PollActivityTaskQueueResponse.decode(bytes);
  if (taskToken.length === 0) return;
  const beat = () => {
    const details = payloadsOf(host.known.operation ?? null);
    const request = wire.RecordActivityTaskHeartbeatRequest.encode({ taskToken, details });
    return say('RecordActivityTaskHeartbeat', request.finish());
  };
  const beating = setInterval(() => void beat(), HEARTBEAT_MS);
  try {
    await beat();
    const [envelope, packed] = input?.payloads ?? [];
    const { sealed } = readEnvelope([JSON.parse(Buffer.from(envelope?.data ?? []).toString()), packed?.data]);
    const result = payloadsOf(await host.perform(await openOrder(sealed, keys)));
    const request = wire.RespondActivityTaskCompletedRequest.encode({ taskToken, result });
    await say('RespondActivityTaskCompleted', request.finish());
  } catch (error) {
    const failure = { message: describeError(error), applicationFailureInfo: { type: 'StepFailed' } };
    const request = wire.RespondActivityTaskFailedRequest.encode({ taskToken, failure });
    await say('RespondActivityTaskFailed', request.finish());
  } finally {
    clearInterval(beating);
  }
}

/** As the SDK's own converter writes it. */
function payloadsOf(value: unknown) {
  const metadata = { encoding: Buffer.from('json/plain') };
  return { payloads: [{ metadata, data: Buffer.from(JSON.stringify(value)) }] };
}
