import { expect, test, vi } from 'vitest';
import { explainReason } from '../api/reasons/reasons.ts';
import { explainCommand } from './explain-command.ts';

/** What `byo explain ARGS` prints. */
async function explain(...args: string[]): Promise<string> {
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await explainCommand().parseAsync(args, { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return written.join('');
}

test('a reason is told with its cause and its remedy', async () => {
  const { cause = '', remedy = '' } = explainReason('NotClean') ?? {};
  expect(remedy).not.toBe('');
  expect(await explain('NotClean')).toBe(`NotClean: ${cause}\n${remedy}\n`);
});

test('without a reason all are listed, a line each, those of the steps among them', async () => {
  const lines = (await explain()).trimEnd().split('\n');
  expect(lines.filter((line) => /^(NoHostFits|FetchBundle|EnrolmentRefused|Open) {2,}\S/.test(line))).toHaveLength(4);
});

test('a word that is no reason is an error that says how to find them', async () => {
  await expect(explain('Nothing')).rejects.toMatchObject({ remedy: '`byo explain` lists all reasons' });
});
