// Who is admitted, and which bytes are sent, for anything that a stranger may show.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { spiffeIdOf } from '../common/keys/identity.ts';
import { decideAdmission, type PresentedCertificate } from './connections/authenticate.ts';
import { decideRange } from './http-api/decide-range.ts';
import type { HostRecord } from './host-index.ts';

const IDS = ['7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11', '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a12'] as const;
const [MANAGEMENT] = IDS;
const NOW = 1000;

const anyName = fc.oneof(
  fc
    .record({ installation: fc.constantFrom(...IDS), hostID: fc.constantFrom(...IDS) })
    .map(({ installation, hostID }) => `URI:${spiffeIdOf({ kind: 'host', installation, hostID })}`),
  fc.constantFrom(...IDS).map((installation) => `URI:${spiffeIdOf({ kind: 'gateway', installation })}`),
  fc.string(),
);
const anyPresented: fc.Arbitrary<PresentedCertificate> = fc.record(
  {
    protocol: fc.constantFrom<PresentedCertificate['protocol']>('h2', 'http/1.1', false, null),
    certificate: fc.record({
      isAuthorized: fc.boolean(),
      isOutOfDate: fc.boolean(),
      subjectAltName: fc.option(
        fc.array(anyName, { maxLength: 2 }).map((names) => names.join(', ')),
        { nil: undefined },
      ),
      keyID: fc.constantFrom('k1', 'k2'),
      endsAt: fc.integer({ min: NOW - 2, max: NOW + 2 }),
    }),
  },
  { requiredKeys: ['protocol'] },
);

/** The one URI of a SAN is this. */
function isNamed(subjectAltName: string | undefined, name: string): boolean {
  const uris = (subjectAltName ?? '').split(', ').filter((one) => one.startsWith('URI:'));
  return uris.length === 1 && uris[0] === name;
}

test('admitted as a host is exactly who shows one good, living certificate of ours with a pinned key', () => {
  const pinned: HostRecord = {
    hostID: IDS[1],
    namespace: 'n',
    name: 'a',
    uid: 'u',
    reportDigest: null,
    tlsKeys: new Set(['k1']),
  };
  const find = (hostID: string, keyID: string) => (hostID === IDS[1] && pinned.tlsKeys.has(keyID) ? pinned : undefined);
  const name = `URI:${spiffeIdOf({ kind: 'host', installation: MANAGEMENT, hostID: IDS[1] })}`;
  fc.assert(
    fc.property(anyPresented, fc.boolean(), (presented, isReady) => {
      const against = { directory: { isReady: () => isReady, find }, installation: MANAGEMENT, now: NOW };
      const { certificate } = presented;
      const isOfHost = isReady && certificate?.keyID === 'k1' && isNamed(certificate.subjectAltName, name);
      const wanted = isOfHost && certificate.isAuthorized && certificate.endsAt > NOW;
      const admission = decideAdmission(presented, against);
      expect(admission.kind === 'host').toBe(wanted);
      // Whoever may renew has the key of a host, and names that host.
      expect(isOfHost || admission.kind !== 'spent').toBe(true);
      const mayBeStranger = certificate === undefined && presented.protocol !== 'h2';
      expect(admission.kind === 'stranger').toBe(mayBeStranger);
    }),
    { numRuns: 1000 },
  );
});

test('a range lies within the file, whatever is asked for', () => {
  const asked = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(), fc.nat()).map(([from, to]) => `bytes=${from}-${to}`),
    fc.nat().map((from) => `bytes=${from}-`),
    fc.nat().map((last) => `bytes=-${last}`),
  );
  fc.assert(
    fc.property(fc.option(asked, { nil: undefined }), fc.nat(), (header, size) => {
      const range = decideRange(header, size);
      const isWithin = range.kind !== 'part' || (range.start >= 0 && range.start <= range.end && range.end < size);
      expect([range, isWithin]).toEqual([range, true]);
    }),
  );
});
