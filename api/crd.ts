// zod schema → CustomResourceDefinition: what Kubernetes accepts as a structural schema, CEL and list types included.
import { z } from 'zod';
import { GROUP, VERSION } from './names.ts';

/** A printer column of `kubectl get`; `wide` ones only with -o wide. */
export type Column = {
  name: string;
  jsonPath: string;
  type: 'string' | 'date' | 'integer' | 'boolean';
  wide?: boolean;
};

/** One kind of ours, as the CRD states it. `plural` is what core computes from the kind (contract, "CRD name"). */
export type Kind = {
  kind: string;
  plural: string;
  shortName: string;
  description: string;
  spec: z.ZodType;
  status?: z.ZodType;
  columns: Column[];
  labels?: Record<string, string>;
};

/** Labels of every CRD: the contract core looks for, and the provider that clusterctl knows us by. */
const CONTRACT_LABELS = {
  'cluster.x-k8s.io/provider': 'infrastructure-byo',
  'cluster.x-k8s.io/v1beta2': VERSION,
};

/** The open-API v3 schema of a zod type, as the API server accepts it. */
function schemaOf(type: z.ZodType): Record<string, unknown> {
  const schema = z.toJSONSchema(type, {
    target: 'openapi-3.0',
    io: 'input',
    override: ({ jsonSchema }) => adapt(jsonSchema),
  });
  delete schema.$schema;
  return schema;
}

/**
 * `additionalProperties: false` is refused beside `properties`; patterns of formats (uuid, date-time) are long and the
 * API server checks the format itself; zod's safe-integer bounds say nothing to a reader.
 */
function adapt(schema: Record<string, unknown>): void {
  if (schema.properties) delete schema.additionalProperties;
  if (schema.format) delete schema.pattern;
  if (schema.propertyNames) delete schema.propertyNames;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.type === 'integer') schema.format = 'int64';
}

/** The whole CustomResourceDefinition, ready to be written as YAML. */
export function crdOf(kind: Kind): Record<string, unknown> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${GROUP}`, labels: { ...CONTRACT_LABELS, ...kind.labels } },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        shortNames: [kind.shortName],
        categories: ['cluster-api'],
      },
      versions: [versionOf(kind)],
    },
  };
}

function versionOf(kind: Kind): Record<string, unknown> {
  const properties = {
    apiVersion: { type: 'string', description: 'Version of this schema.' },
    kind: { type: 'string', description: 'Kind of this object.' },
    metadata: { type: 'object' },
    spec: schemaOf(kind.spec),
    ...(kind.status ? { status: schemaOf(kind.status) } : {}),
  };
  return {
    name: VERSION,
    served: true,
    storage: true,
    ...(kind.status ? { subresources: { status: {} } } : {}),
    additionalPrinterColumns: [...kind.columns, AGE].map(({ wide, ...column }) => ({
      ...column,
      ...(wide ? { priority: 1 } : {}),
    })),
    schema: { openAPIV3Schema: { type: 'object', description: kind.description, required: ['spec'], properties } },
  };
}

const AGE: Column = { name: 'Age', jsonPath: '.metadata.creationTimestamp', type: 'date' };
