import proto from '@temporalio/proto';
import { expect, test } from 'vitest';
import { openMessage } from './wire-message.ts';

const { RespondActivityTaskFailedRequest: Failed } = proto.temporal.api.workflowservice.v1;
const { Payloads } = proto.temporal.api.common.v1;
const open = (bytes: Uint8Array, left = 100) => openMessage(bytes, { left });

test('what a decoder finds is found, and the last of two counts', () => {
  const failure = { message: 'ü', cause: { message: 'c' }, applicationFailureInfo: { type: 'T', nonRetryable: true } };
  const one = Failed.encode({ taskToken: Buffer.from('one'), failure: { message: 'first' } }).finish();
  const two = Failed.encode({ taskToken: Buffer.from('two'), failure, namespace: 'n' }).finish();
  const both = open(Buffer.concat([one, two]));
  expect(String(both.bytes(1))).toBe('two');
  const opened = both.message(2);
  expect(opened?.text(1)).toBe('ü');
  expect(opened?.message(5)?.text(1)).toBe('T');
  expect(opened?.message(5)?.flag(2)).toBe(true);
  expect(opened?.message(6)).toBeUndefined();
  expect([both.text(99), both.flag(99), both.messages(99)]).toEqual(['', false, []]);
});

test('fields are counted over all that is opened, and what is not opened costs nothing', () => {
  const payloads = Array.from({ length: 30_000 }, () => ({}));
  const nested = Failed.encode({ lastHeartbeatDetails: { payloads } }).finish();
  const outer = open(nested, 64);
  expect(() => outer.message(5)).toThrow('too many fields');
  expect(() => open(Payloads.encode({ payloads }).finish(), 64)).toThrow('too many fields');
  expect(open(Payloads.encode({ payloads: payloads.slice(0, 64) }).finish(), 64).messages(1)).toHaveLength(64);
});

test.each([
  ['a tag without its value', [0x08]],
  ['a length beyond the end', [0x0a, 5, 1]],
  ['a fixed value cut off', [0x0d, 1, 2]],
  ['a group', [0x0b, 0x0c]],
  ['a varint without end', [0x08, ...Array.from({ length: 11 }, () => 0xff), 0]],
  // A decoder that keeps 32 bits would see field 1, one that keeps more another.
  ['a tag of more than 32 bits', [0x8a, 0x80, 0x80, 0x80, 0x10, 0]],
  ['a length of more than 32 bits', [0x0a, 0x81, 0x80, 0x80, 0x80, 0x10, 1]],
])('%s is refused', (_what, bytes) => {
  expect(() => open(Buffer.from(bytes))).toThrow('not a message of this method');
});
