// The source map inside a bundle of workflows, as paths from the checkout: webpack writes those of the machine that built it,
// so that every checkout would make other bytes.
import { z } from 'zod';
import { dropSource } from './source-mappings.ts';

const MARK = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';
const SourceMap = z.looseObject({
  sources: z.array(z.string()),
  sourcesContent: z.array(z.string().nullable()).optional(),
  mappings: z.string(),
});

/** The code with its map, and the files that it is made of, from the root. @throws Error for code without a map inside */
export function makeMapRelative(code: string, root: string): { code: string; sources: string[] } {
  const at = code.lastIndexOf(MARK);
  if (at === -1) throw new Error('the bundle of workflows has no source map inside');
  const map = SourceMap.parse(JSON.parse(Buffer.from(code.slice(at + MARK.length), 'base64').toString('utf8')));
  const encoded = Buffer.from(JSON.stringify(relativeTo(map, root))).toString('base64');
  const sources = map.sources.map((source) => source.replaceAll(`${root}/`, ''));
  // What webpack only names, because nothing of it is needed, is not in it.
  const inside = sources.filter((source) => !source.startsWith('ignored|'));
  return { code: `${code.slice(0, at)}${MARK}${encoded}\n`, sources: inside };
}

function relativeTo({ sources, sourcesContent, mappings, ...map }: z.infer<typeof SourceMap>, root: string): object {
  const shorten = (text: string): string => text.replaceAll(`${root}/`, '');
  // The SDK writes one module, the entry, which names the workflows by their path: how long that is shows in its columns.
  const named = sourcesContent?.findIndex((content) => content?.includes(`${root}/`)) ?? -1;
  return {
    ...map,
    // A random name.
    file: 'workflows.js',
    sources: sources.map(shorten),
    ...(sourcesContent && { sourcesContent: sourcesContent.map((content) => content && shorten(content)) }),
    mappings: dropSource(mappings, named),
  };
}
