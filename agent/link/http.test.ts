import { afterEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createAuthority } from '../testing/authority.ts';
import { startStandIn, type StandIn } from '../testing/stand-in-gateway.ts';
import { GATEWAY_PATHS } from '../../api/gateway.ts';
import { dialAs, type Dial } from './dial.ts';
import { createGatewayClient } from './http.ts';

let gateway: StandIn | undefined;
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

test('requests that begin together share one connection: each after the other', async () => {
  const authority = await createAuthority();
  gateway = await startStandIn(authority);
  const dial = vi.fn<Dial>(dialAs({ gateway: gateway.address }, { ca: [authority.pem] }));
  const call = createGatewayClient(dial);
  const ask = () => call({ method: 'POST', path: GATEWAY_PATHS.renew, body: {} }, z.unknown());
  const refused = await Promise.allSettled([ask(), ask(), ask()]);
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(dial).toHaveBeenCalledTimes(1);
});

test('a request whose connection failed takes none of those that wait with it', async () => {
  const dial = vi.fn<Dial>(() => Promise.reject(new Error('away')));
  const call = createGatewayClient(dial);
  const ask = () => call({ method: 'PUT', path: GATEWAY_PATHS.lease, body: {} }, z.unknown());
  const [one, other] = [ask(), ask()];
  await expect(one).rejects.toThrow('away');
  await expect(other).rejects.toThrow('away');
  expect(dial).toHaveBeenCalledTimes(2);
});
