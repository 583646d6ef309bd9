// Orders that were given to a machine, as they lie in Temporal's histories, and what its host can make of them.
import { compactDecrypt, importJWK } from 'jose';
import { z } from 'zod';
import { readHistories } from '../../demo/histories.ts';
import type { HostHandle } from '../../lab/index.ts';
import { runOn } from '../integration/host/run-on.ts';
import type { World } from './world.ts';

const Sealed = z.object({ verb: z.string(), sealed: z.string() });

/** Every order to the host of a ByoMachine that has this name. */
export async function ordersOf({ instance }: World, machine: string): Promise<z.infer<typeof Sealed>[]> {
  const histories = (await readHistories(instance)).filter(({ workflowId }) => workflowId.split('/').includes(machine));
  return histories
    .flatMap(({ events }) => events)
    .filter((event) => event.activityTaskScheduledEventAttributes?.taskQueue?.name?.startsWith('host/'))
    .flatMap((event) => event.activityTaskScheduledEventAttributes?.input?.payloads ?? [])
    .map(({ data }) => Sealed.parse(JSON.parse(Buffer.from(data ?? []).toString())));
}

const Key = z.object({ privateJwk: z.looseObject({ kty: z.literal('EC') }) });

/** What is inside of the seal, by the private key that lies on the host. @throws Error when it is sealed to another */
export async function openAs(host: HostHandle, sealed: string): Promise<unknown> {
  const { privateJwk } = Key.parse(JSON.parse(await runOn(host, 'cat /var/lib/byo-agent/sealing-key.json')));
  const { plaintext } = await compactDecrypt(sealed, await importJWK(privateJwk, 'ECDH-ES+A256KW'));
  const [, payload = ''] = new TextDecoder().decode(plaintext).split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}
