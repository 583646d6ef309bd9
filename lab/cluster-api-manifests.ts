// Cluster API's component manifests, made to fit managers that run as plain processes: pure, text in, objects out.
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const clientConfig = z.looseObject({ service: z.looseObject({ path: z.string().optional() }).optional() });
const webhook = z.looseObject({ clientConfig });

/** As much of a Kubernetes object as this module reads; everything else passes through untouched. */
const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  webhooks: z.array(webhook).optional(),
  spec: z.looseObject({}).optional(),
});
export type Manifest = z.infer<typeof manifest>;

/** Where the API server finds a manager's webhooks: loopback port, and the CA in PEM that signed its certificate. */
export type WebhookDoor = { port: number; authority: string };

/** What one provider's YAML holds for us. Deployments, Certificates and Issuers are left out: we run the processes. */
export type Components = {
  /** Namespaces, CRDs, RBAC, service accounts, services: before the manager starts. */
  objects: Manifest[];
  /** Webhook configurations: only once the manager is ready, for their failurePolicy is Fail. */
  webhooks: Manifest[];
  /** The arguments upstream gives its manager, for the feature gates and limits among them. */
  managerArguments: string[];
};

/** Replace `${NAME:=default}` by `values[NAME]` or the default. Throws when a variable has neither. */
export function substituteVariables(text: string, values: Record<string, string>): string {
  return text.replaceAll(/\$\{(\w+)(?::?[=-]([^}]*))?\}/g, (whole, name: string, fallback: string | undefined) => {
    const value = values[name] ?? fallback;
    if (value === undefined) throw new Error(`${whole} has no default: give it a value`);
    return value;
  });
}

/** Sort one provider's YAML and point every webhook and conversion at `door`. */
export function readComponents(yaml: string, door: WebhookDoor): Components {
  const manifests = parseAllDocuments(yaml).map((document) => manifest.parse(document.toJS()));
  const isWebhook = isOf('ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration');
  const isSkipped = isOf('Deployment', 'Certificate', 'Issuer');
  return {
    objects: manifests
      .filter((object) => !isWebhook(object) && !isSkipped(object))
      .map((o) => pointConversion(o, door)),
    webhooks: manifests.filter(isWebhook).map((object) => pointWebhooks(object, door)),
    managerArguments: manifests.filter(isOf('Deployment')).flatMap(argumentsOf),
  };
}

function isOf(...kinds: string[]): (object: Manifest) => boolean {
  return (object) => kinds.includes(object.kind);
}

const deployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({ containers: z.array(z.looseObject({ args: z.array(z.string()).default([]) })) }),
    }),
  }),
});

function argumentsOf(object: Manifest): string[] {
  return deployment.parse(object).spec.template.spec.containers.flatMap((container) => container.args);
}

function pointWebhooks(object: Manifest, door: WebhookDoor): Manifest {
  const webhooks = object.webhooks?.map((hook) => ({
    ...hook,
    clientConfig: urlOf(door, hook.clientConfig.service?.path ?? '/'),
  }));
  return { ...object, webhooks };
}

const converted = z.looseObject({
  conversion: z.looseObject({ strategy: z.literal('Webhook'), webhook: z.looseObject({}) }),
});

function pointConversion(object: Manifest, door: WebhookDoor): Manifest {
  const spec = object.kind === 'CustomResourceDefinition' ? converted.safeParse(object.spec) : undefined;
  if (!spec?.success) return object;
  const { conversion } = spec.data;
  const pointed = { ...conversion, webhook: { ...conversion.webhook, clientConfig: urlOf(door, '/convert') } };
  return { ...object, spec: { ...spec.data, conversion: pointed } };
}

function urlOf(door: WebhookDoor, path: string): Record<string, string> {
  return { url: `https://127.0.0.1:${door.port}${path}`, caBundle: Buffer.from(door.authority).toString('base64') };
}
