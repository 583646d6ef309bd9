// `metav1.LabelSelector` against labels, as Kubernetes itself reads it.
import type { LabelSelector } from '../api/meta.ts';

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

/** True when every requirement holds; an absent or empty selector selects everything. */
export function isSelected(selector: LabelSelector | undefined, labels: Record<string, string>): boolean {
  const wanted = Object.entries(selector?.matchLabels ?? {});
  return (
    wanted.every(([key, value]) => labels[key] === value) &&
    (selector?.matchExpressions ?? []).every((requirement) => isMet(requirement, labels))
  );
}

function isMet({ key, operator, values = [] }: Requirement, labels: Record<string, string>): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    // Kubernetes: an absent key satisfies NotIn.
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return operator satisfies never;
  }
}
