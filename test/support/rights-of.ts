// What somebody may do, by the API server's own answer, in the words of test/integration/controller/rbac.golden.yaml.
import { z } from 'zod';
import type { Kube } from '../../common/kube/client.ts';

const Rule = z.record(z.string(), z.array(z.string()));
const Answer = z.object({
  status: z.object({ incomplete: z.literal(false), resourceRules: z.array(Rule), nonResourceRules: z.array(Rule) }),
});

/** Every rule that holds for the asker in `namespace`, as sorted lines: the server gives them in no order. */
export async function rightsOf(kube: Kube, namespace: string): Promise<string[]> {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
  const answer = Answer.parse(await kube.transport.request({ method: 'POST', path, body: { spec: { namespace } } }));
  const { resourceRules, nonResourceRules } = answer.status;
  return [...new Set([...resourceRules, ...nonResourceRules].map(lineOf))].toSorted();
}

function lineOf({ verbs = [], ...rule }: z.infer<typeof Rule>): string {
  const what = ['apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'].flatMap((name) => {
    const words = rule[name]?.map((one) => one || 'core').toSorted();
    return words ? [`${name} ${words.join(' ')}`] : [];
  });
  return `${what.join(', ')}: ${verbs.toSorted().join(' ')}`;
}
