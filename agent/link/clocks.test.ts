// B4: the agent's link with a clock that is wrong. This machine's clock is the host's; those of the other side differ.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi, type TestContext } from 'vitest';
import { createToken } from '../../common/enrollment/token.ts';
import { createLogger } from '../../common/log.ts';
import { enrollHost } from '../identity/enroll-host.ts';
import { pinOf } from '../identity/find-authority.ts';
import { createAuthority, lifeAt, type Life } from '../testing/authority.ts';
import { startStandIn, type Bend } from '../testing/stand-in-gateway.ts';
import { retryOverLink } from './back-off.ts';
import { openLink, type Link } from './link.ts';
import { GatewayRefusal } from './refusal.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const YEAR = 365 * 24 * HOUR;
/** In place of 24 hours; half of it is over two seconds after its issue. */
const LIFE = 8 * SECOND;
const shortLife = (now: number): Life => ({ notBefore: now - 2 * SECOND, notAfter: now - 2 * SECOND + LIFE });

const readToken = async () => createToken('shops', 'tills').text;

/** A host enrolled at a gateway whose clocks are ahead of ours by so much, and its link. */
async function enrollAt({ onTestFinished }: TestContext, bend: Bend) {
  const folder = mkdtempSync(join(tmpdir(), 'byo-clocks-'));
  const authority = await createAuthority(undefined, Date.now() + (bend.aheadMs?.() ?? 0));
  const gateway = await startStandIn(authority, bend);
  const stateDir = join(folder, 'state');
  const config = join(folder, 'config.yaml');
  writeFileSync(config, `stateDir: ${stateDir}\n`);
  const ending = new AbortController();
  const pin = pinOf(new X509Certificate(authority.pem));
  const asking = { gateway: gateway.address, pin, readToken, config, force: false, signal: ending.signal };
  await enrollHost({ ...asking, onRetry: () => undefined });
  const read = () => JSON.parse(readFileSync(join(stateDir, 'identity.json'), 'utf8'));
  const log = createLogger('test', 'silent');
  const options = { config: { gateway: gateway.address, stateDir, logLevel: 'info' as const }, log };
  const link = await openLink({ ...options, signal: ending.signal });
  onTestFinished(async () => {
    ending.abort(new Error('over'));
    await link.done;
    await gateway.close();
  });
  return { link, certificate: () => new X509Certificate(read().certificate), enrolled: () => gateway.asked.length };
}

/** What each Lease was answered, ten a second, until the certificate that the host enrolled with has long ended. */
async function leaseUntil(link: Link, isOver: () => boolean): Promise<Set<number>> {
  const statuses = new Set<number>();
  while (!isOver()) {
    statuses.add(await leaseOnce(link));
    await delay(100);
  }
  return statuses;
}

async function leaseOnce({ management }: Link): Promise<number> {
  try {
    await management.renewLease();
    return 200;
  } catch (error) {
    if (error instanceof GatewayRefusal) return error.status;
    throw error;
  }
}

test.concurrent.for([
  ['11 minutes behind', HOUR / 6 + 60 * SECOND],
  ['11 minutes ahead', -HOUR / 6 - 60 * SECOND],
  ['13 hours behind', 13 * HOUR],
  ['13 hours ahead', -13 * HOUR],
  ['2 years behind', 2 * YEAR],
  ['2 years ahead', -2 * YEAR],
  ['at 1970', Date.now()],
] as [string, number][])(
  'B4: a host %s enrolls and keeps its link beyond the end of its first certificate',
  async ([, ahead], context) => {
    const { link, certificate } = await enrollAt(context, { aheadMs: () => ahead, life: shortLife });
    const first = certificate();
    const isOver = () => Date.now() + ahead > first.validToDate.getTime() + SECOND;
    expect(await leaseUntil(link, isOver)).toEqual(new Set([200]));
    expect(certificate().serialNumber).not.toBe(first.serialNumber);
    expect(Math.abs((link.clock.skew() ?? 0) + ahead)).toBeLessThan(3 * SECOND);
  },
);

test.concurrent(
  'B4: a certificate of a controller that is 2 years ahead is not kept; the next one is',
  async (context) => {
    let ahead = 0;
    const { link, certificate, enrolled } = await enrollAt(context, { life: (now) => shortLife(now + ahead) });
    const before = certificate().serialNumber;
    ahead = 2 * YEAR;
    await leaseOnce(link);
    await vi.waitFor(() => expect(enrolled()).toBeGreaterThan(1), 10_000);
    ahead = 0;
    await vi.waitFor(() => expect(certificate().serialNumber).not.toBe(before), 20_000);
    expect(certificate().validFromDate.getTime()).toBeLessThan(Date.now());
  },
);

test.concurrent(
  'B4: controller and gateway were 2 years ahead for one renewal: the host renews when it is refused',
  async (context) => {
    let ahead = 2 * YEAR;
    const { link, certificate } = await enrollAt(context, {
      aheadMs: () => ahead,
      life: lifeAt,
      serverLife: lifeAt(Date.now()),
    });
    expect(await leaseOnce(link)).toBe(200);
    expect(certificate().validFromDate.getTime()).toBeGreaterThan(Date.now() + YEAR);
    ahead = 0;
    expect(await leaseOnce(link)).toBe(401);
    await vi.waitFor(async () => expect(await leaseOnce(link)).toBe(200), 10_000);
    expect(certificate().validFromDate.getTime()).toBeLessThan(Date.now());
  },
);

test.concurrent(
  'B4: what was refused for the certificate is told as soon as there is another, and not a minute after',
  async (context) => {
    let ahead = 2 * YEAR;
    const { link } = await enrollAt(context, { aheadMs: () => ahead, life: lifeAt, serverLife: lifeAt(Date.now()) });
    ahead = 0;
    const refused: unknown[] = [];
    const telling = retryOverLink(() => link.management.renewLease(), {
      least: 60 * SECOND,
      most: 60 * SECOND,
      signal: context.signal,
      onFailure: (error) => void refused.push(error),
      reachability: link.reachability,
    });
    await vi.waitFor(() => expect(refused).toMatchObject([{ status: 401 }]), 10_000);
    // Thirty seconds, which is the least that it would wait otherwise.
    expect(await Promise.race([telling.then(() => 'told'), delay(20 * SECOND)])).toBe('told');
  },
);
