import { expect, test } from 'vitest';
import { Problem } from '../../api/gateway.ts';
import { KubeError } from '../../common/kube/errors.ts';
import { reportedHost } from '../../test/support/builders.ts';
import { reasonFor, routeOf } from './api.ts';
import { blobPathOf } from './blobs.ts';
import { cleanReport } from './host-writes.ts';
import { decideRange } from './decide-range.ts';
import { decideAnswer } from './pass-on.ts';
import { refusalOf, refuse, Refusal, toAnswer } from './problem.ts';

test.each([
  [undefined, { kind: 'whole' }],
  ['bytes=0-', { kind: 'part', start: 0, end: 9 }],
  ['bytes=3-5', { kind: 'part', start: 3, end: 5 }],
  ['bytes=9-99', { kind: 'part', start: 9, end: 9 }],
  ['bytes=-4', { kind: 'part', start: 6, end: 9 }],
  ['bytes=-99', { kind: 'part', start: 0, end: 9 }],
  ['bytes=10-', { kind: 'none' }],
  ['bytes=10-5', { kind: 'whole' }],
  ['bytes=-0', { kind: 'none' }],
  ['bytes=-', { kind: 'whole' }],
  ['bytes=0-1,3-4', { kind: 'whole' }],
  ['lines=0-1', { kind: 'whole' }],
  ['bytes=99999999999999999999-', { kind: 'whole' }],
])('the range %j of ten bytes', (header, wanted) => {
  expect(decideRange(header, 10)).toEqual(wanted);
});

test('nothing of an empty file can be a part', () => {
  expect(decideRange('bytes=0-', 0)).toEqual({ kind: 'none' });
  expect(decideRange(undefined, 0)).toEqual({ kind: 'whole' });
});

const hex = 'a'.repeat(64);

test('blobs have three kinds of names and no other', () => {
  expect(blobPathOf('/v1/blobs/index.json')).toBe('index.json');
  expect(blobPathOf('/v1/blobs/oci-layout')).toBe('oci-layout');
  expect(blobPathOf(`/v1/blobs/sha256:${hex}`)).toBe(`blobs/sha256/${hex}`);
  const others = [
    '',
    '../index.json',
    '..%2findex.json',
    'index.json/',
    'index.json?x',
    'INDEX.JSON',
    `sha256:${hex}a`,
  ];
  for (const name of [...others, `sha256:${hex.toUpperCase()}`, `sha512:${hex}`, `sha256:../${hex}`, hex, '/etc']) {
    expect(blobPathOf(`/v1/blobs/${name}`)).toBeUndefined();
  }
});

test('paths are compared whole', () => {
  expect(routeOf('/v1/report')).toBe('report');
  for (const path of ['/v1/report/', '/v1/report?x=1', '/V1/report', '//v1/report', '/', '']) {
    expect(routeOf(path)).toBeUndefined();
  }
});

const said = (status: number) => refusalOf(new KubeError(status, 'x', 'secret text'));

test('faults of the API server are told by kind and never quoted', () => {
  expect(said(0).problem.reason).toBe('ApiServerUnreachable');
  expect(said(500).status).toBe(503);
  expect(said(429).status).toBe(503);
  expect(said(403).status).toBe(503);
  expect(said(404).problem.reason).toBe('HostRevoked');
  expect(said(422)).toMatchObject({ status: 400, retrySeconds: undefined });
  expect(refusalOf(new Error('secret text')).status).toBe(503);
  for (const status of [0, 400, 404, 500]) expect(JSON.stringify(said(status).problem)).not.toContain('secret');
});

test('who shall come back is told when, and not all at once', () => {
  const early = toAnswer(refuse('Overloaded'), 0);
  const late = toAnswer(refuse('Overloaded'), 0.99);
  expect(Problem.parse(early.body)).toMatchObject({ retryAfterSeconds: early.retryAfter });
  expect(early.retryAfter).toBe(5);
  expect(late.retryAfter).toBe(10);
  expect(toAnswer(refuse('RateExceeded', 0.1), 0).retryAfter).toBe(1);
  // It has used its rate up alone: the minute after which it may again is no reason for two.
  expect(toAnswer(refuse('RateExceeded', 60), 0.99).retryAfter).toBe(70);
  expect(toAnswer(refuse('NotFound'), 0.5)).not.toHaveProperty('retryAfter');
});

test('what is wrong with a certificate is said', () => {
  expect(reasonFor(undefined)).toBe('CertificateNeeded');
  expect(reasonFor('NotPinned')).toBe('HostRevoked');
  expect(reasonFor('NotReady')).toBe('NotReady');
  expect(reasonFor('OutOfDate')).toBe('CertificateOutOfDate');
  expect(reasonFor('NotAuthorized')).toBe('CertificateRefused');
});

test('T25: whatever a host says is fit to be shown', () => {
  const report = reportedHost({
    hostname: '\u001b[31mred\u001b[0m\u0007',
    osImage: 'a\u202Eb\u0000c',
    findings: [{ code: 'X', message: 'line\nline \u009b31m', remedy: '<b>\u200b</b>' }],
    operation: { operation: 'join', generation: 1, state: 'Running', message: 'half \ud800 pair' },
  });
  const clean = cleanReport(report);
  expect(JSON.stringify(clean)).not.toMatch(/\\u00|\\u202|\\ud8/i);
  expect(clean.hostname).toBe('[31mred [0m');
  expect(clean.findings[0]?.message).toBe('line line  31m');
  expect(cleanReport(reportedHost())).toEqual(reportedHost());
});

const heard = (status: number, body: unknown) => () => decideAnswer({ status, body: JSON.stringify(body) });

test('of the controller’s words a host hears those that are about it', () => {
  const problem = { reason: 'EnrolmentRefused', message: 'm', remedy: 'r' };
  const answer = { answer: 'a.b.c' };
  expect(heard(200, answer)()).toEqual(answer);
  expect(heard(403, problem)).toThrow(Refusal);
  expect(heard(503, { ...problem, reason: 'Unavailable' })).toThrow(Refusal);
  expect(heard(403, { ...problem, reason: 'NotAGateway' })).not.toThrow(Refusal);
  expect(heard(200, { answer: '<html>' })).toThrow(/without a shape/);
  expect(() => decideAnswer({ status: 502, body: '<html>' })).toThrow(/without a shape/);
});
