// Orders that were given to a machine, as they lie in Temporal's histories, and what its host can make of them.
import { compactDecrypt, decodeProtectedHeader, importJWK } from 'jose';
import { z } from 'zod';
import { attach, CIPHERTEXT, PAYLOAD } from '../../common/keys/detached.ts';
import { unpackOrder } from '../../common/keys/packed-order.ts';
import type { Sealed } from '../../common/keys/sealing.ts';
import { readHistories } from '../../demo/histories.ts';
import type { HostHandle } from '../../lab/index.ts';
import { runOn } from '../integration/host/run-on.ts';
import type { World } from './world.ts';

const Envelope = z.object({ verb: z.string(), sealed: z.string().optional() });

type Given = { verb: string; sealed: Sealed };

/** Every order to the host of a ByoMachine that has this name. */
export async function ordersOf({ instance }: World, machine: string): Promise<Given[]> {
  const histories = (await readHistories(instance)).filter(({ workflowId }) => workflowId.split('/').includes(machine));
  return histories
    .flatMap(({ events }) => events)
    .filter((event) => event.activityTaskScheduledEventAttributes?.taskQueue?.name?.startsWith('host/'))
    .map((event) => event.activityTaskScheduledEventAttributes?.input?.payloads ?? [])
    .map(([envelope, packed]) => {
      const { verb, sealed } = Envelope.parse(JSON.parse(Buffer.from(envelope?.data ?? []).toString()));
      return { verb, sealed: sealed ?? Buffer.from(packed?.data ?? []) };
    });
}

const Key = z.object({ privateJwk: z.looseObject({ kty: z.literal('EC') }) });

/** What is inside of the seal, by the private key that lies on the host. @throws Error when it is sealed to another */
export async function openAs(host: HostHandle, sealed: Sealed): Promise<unknown> {
  const { privateJwk } = Key.parse(JSON.parse(await runOn(host, 'cat /var/lib/byo-agent/sealing-key.json')));
  const compact = typeof sealed === 'string' ? sealed : attach(sealed, CIPHERTEXT);
  const { plaintext } = await compactDecrypt(compact, await importJWK(privateJwk, 'ECDH-ES+A256KW'));
  const signed = attach(plaintext, PAYLOAD);
  const payload = Buffer.from(signed.split('.')[1] ?? '', 'base64url');
  return decodeProtectedHeader(signed).cty ? unpackOrder(payload) : JSON.parse(payload.toString());
}
