// The parts of Kubernetes objects that all our kinds share: metadata, conditions, references.
import { z } from 'zod';

/** `metav1.Condition` (k8s.io/apimachinery, types.go); the list is a map keyed by type. */
export const Condition = z
  .object({
    type: z.string().max(316).describe('CamelCase name of the condition.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('True, False or Unknown.'),
    reason: z.string().min(1).max(1024).describe('CamelCase cause of the last transition.'),
    message: z.string().max(32768).describe('What a person should know: cause and remedy.'),
    lastTransitionTime: z.iso.datetime({ offset: true }).describe('When the status last changed.'),
    observedGeneration: z.int().min(0).optional().describe('metadata.generation the condition was computed from.'),
  })
  .describe('One observation of the object.');
export type Condition = z.infer<typeof Condition>;

/** Conditions as Kubernetes wants them: one entry a type, so that several writers may each own theirs. */
export const Conditions = z
  .array(Condition)
  .max(32)
  .describe('Observations of the latest state, one per type.')
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });

/** `metav1.LabelSelector`. */
export const LabelSelector = z
  .object({
    matchLabels: z.record(z.string(), z.string()).optional().describe('Labels that must all be present.'),
    matchExpressions: z
      .array(
        z.object({
          key: z.string().describe('Label key.'),
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How key and values relate.'),
          values: z.array(z.string()).optional().describe('Values for In and NotIn.'),
        }),
      )
      .optional()
      .describe('Requirements that must all hold.'),
  })
  .describe('A label query; empty selects everything.')
  .meta({ 'x-kubernetes-map-type': 'atomic' });
export type LabelSelector = z.infer<typeof LabelSelector>;

/** A reference as BYOH's manifests write it; `namespace`, if given, must be the object's own. */
export const ObjectReference = z
  .object({
    apiVersion: z.string().optional().describe('API version of the referent.'),
    kind: z.string().optional().describe('Kind of the referent.'),
    namespace: z.string().optional().describe("Namespace of the referent; only the object's own is accepted."),
    name: z.string().min(1).describe('Name of the referent.'),
    uid: z.string().optional().describe('UID of the referent.'),
    resourceVersion: z.string().optional().describe('Ignored; accepted because BYOH accepted it.'),
    fieldPath: z.string().optional().describe('Ignored; accepted because BYOH accepted it.'),
  })
  .describe('A reference to another object in the same namespace.')
  .meta({ 'x-kubernetes-map-type': 'atomic' });

/** `metadata` of what a template makes (contract: template metadata lands on the clone). */
export const TemplateMetadata = z
  .object({
    labels: z.record(z.string(), z.string()).optional().describe('Labels of the object made from the template.'),
    annotations: z.record(z.string(), z.string()).optional().describe('Annotations of the object made from it.'),
  })
  .describe('Metadata of the object made from the template.');

/** What every stored object carries; only the fields that we read. */
export const ObjectMeta = z.object({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.int().optional(),
  creationTimestamp: z.string(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  finalizers: z.array(z.string()).default([]),
  ownerReferences: z
    .array(
      z.object({
        apiVersion: z.string(),
        kind: z.string(),
        name: z.string(),
        uid: z.string(),
        controller: z.boolean().optional(),
      }),
    )
    .default([]),
});
export type ObjectMeta = z.infer<typeof ObjectMeta>;
