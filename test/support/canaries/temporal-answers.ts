// What Temporal tells whoever may look: its command line, and the HTTP API from which its interface draws everything.
import { z } from 'zod';
import type { Instance } from '../../../lab/index.ts';
import { runChecked } from '../../../lab/spawn.ts';
import type { Haystack } from './search.ts';

export type Run = { workflowId: string; runId: string };

/** `temporal workflow list`, and of each run `describe` and `show`, as JSON with payloads decoded and not. */
export async function readCommandLine({ parts, temporal }: Instance, runs: Run[]): Promise<Haystack[]> {
  const ask = async (args: string[]): Promise<Haystack> => ({
    where: `temporal workflow ${args.join(' ')}`,
    content: Buffer.from(
      await runChecked([parts.binary('temporal'), 'workflow', ...args, '--address', temporal.address]),
    ),
  });
  const found = [await ask(['list', '-o', 'json'])];
  for (const { workflowId, runId } of runs) {
    const which = ['-w', workflowId, '-r', runId];
    found.push(await ask(['describe', ...which, '-o', 'json']), await ask(['show', ...which]));
    found.push(await ask(['show', ...which, '-o', 'json', '--no-json-shorthand-payloads']));
  }
  return found;
}

const Answer = z.object({ nextPageToken: z.string().nullish() });

/** The same by the API of the interface, to the last page. */
export async function readInterface({ temporal }: Instance, runs: Run[]): Promise<Haystack[]> {
  const workflows = `${temporal.ui}/api/v1/namespaces/default/workflows`;
  const found = [await readPages(`${workflows}?pageSize=200`)];
  for (const { workflowId, runId } of runs) {
    const one = `${workflows}/${encodeURIComponent(workflowId)}`;
    found.push(await readPages(`${one}?execution.runId=${runId}`));
    found.push(await readPages(`${one}/history?execution.runId=${runId}`));
  }
  return found;
}

async function readPages(url: string): Promise<Haystack> {
  const texts: string[] = [];
  let token: string | null | undefined;
  do {
    const page = token ? `${url}&nextPageToken=${encodeURIComponent(token)}` : url;
    const answer = await fetch(page);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${page}: ${answer.status} ${text.slice(0, 200)}`);
    texts.push(text);
    token = Answer.parse(JSON.parse(text)).nextPageToken;
  } while (token);
  return { where: url, content: Buffer.from(texts.join('\n')) };
}
