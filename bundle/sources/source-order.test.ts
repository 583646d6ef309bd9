// Sources in order: who is asked, who waits behind, and what is said when none gives anything.
import { expect, test } from 'vitest';
import { BundleError, type BundleErrorCode } from '../errors.ts';
import { makeSource } from '../testing/fixtures.ts';
import { orderSources } from './source-order.ts';
import { openSource, type BundleSource } from './source.ts';

const named = (...names: string[]) => names.map((name) => ({ name, open: () => ({ ...makeSource(() => []), name }) }));

/** Fails for the named sources; notes who was asked. */
function ask(failing: Record<string, BundleErrorCode>) {
  const asked: string[] = [];
  const use = async ({ name }: BundleSource): Promise<string> => {
    asked.push(name);
    const code = failing[name];
    if (code) throw new BundleError(code, `${name} failed`);
    return name;
  };
  return { asked, use };
}

test('the first that gives it is asked, and again the next time', async () => {
  const { asked, use } = ask({});
  const sources = orderSources(named('a', 'b'));
  expect([await sources.from(use), await sources.from(use)]).toEqual(['a', 'a']);
  expect([asked, sources.given()]).toEqual([['a', 'a'], ['a']]);
});

test('one that failed waits behind the others, and is asked again when they fail too', async () => {
  const told: string[] = [];
  const failing: Record<string, BundleErrorCode> = { a: 'SourceInterrupted' };
  const { asked, use } = ask(failing);
  const sources = orderSources(named('a', 'b', 'c'), (failures, { name }) => {
    told.push(`${failures.map((one) => one.name).join('+')} -> ${name}`);
  });
  expect(await sources.from(use)).toBe('b');
  expect(await sources.from(use)).toBe('b');
  Object.assign(failing, { b: 'DigestMismatch', c: 'BlobNotFound' });
  delete failing.a;
  expect(await sources.from(use)).toBe('a');
  expect(asked).toEqual(['a', 'b', 'b', 'b', 'c', 'a']);
  expect(told).toEqual(['a -> b', 'b+c -> a']);
});

test.each([
  [{ a: 'DigestMismatch', b: 'SourceInterrupted' } as const, 'SourceInterrupted'],
  [{ a: 'BundleNotFound', b: 'NotABundle' } as const, 'BundleNotFound'],
  [{ a: 'DigestMismatch', b: 'BlobTooLarge' } as const, 'DigestMismatch'],
])('all failed, %o: what may pass is said to pass, and each is heard', async (failing, code) => {
  const { use } = ask(failing);
  const message = 'no source gives the bundle: a: a failed; b: b failed';
  await expect(orderSources(named('a', 'b')).from(use)).rejects.toMatchObject({ code, message });
});

test('an only source speaks for itself', async () => {
  const { use } = ask({ a: 'DigestMismatch' });
  await expect(orderSources(named('a')).from(use)).rejects.toMatchObject({ message: 'a failed' });
});

test('an address that is none is a source that fails', async () => {
  const { use } = ask({});
  const none = { name: 'x', open: () => openSource('relative/path') };
  expect(await orderSources([none, ...named('b')]).from(use)).toBe('b');
});

test.each(['DiskFull', 'PlatformMissing', 'VersionMismatch'] as const)('after %s no other is asked', async (code) => {
  const { asked, use } = ask({ a: code });
  await expect(orderSources(named('a', 'b')).from(use)).rejects.toMatchObject({ code });
  expect(asked).toEqual(['a']);
});

test('what nine sources say fits into a condition', async () => {
  const letters = 'abcdefghi'.split('');
  const names = letters.map((letter) => letter.repeat(500));
  const failing = Object.fromEntries(names.map((name) => [name, 'SourceInterrupted' as const]));
  const failed = orderSources(named(...names)).from(ask(failing).use);
  const message: unknown = await failed.catch((error: unknown) => Object(error).message);
  expect(String(message).length).toBeLessThan(800);
  for (const letter of letters) expect(message).toContain(letter.repeat(9));
});
