// Cluster API's manifests made to fit managers that run as processes.
import { expect, test } from 'vitest';
import { readComponents, substituteVariables } from './cluster-api-manifests.ts';

const YAML = `
apiVersion: v1
kind: Namespace
metadata: { name: capi-system }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: clusters.cluster.x-k8s.io, labels: { cluster.x-k8s.io/v1beta2: v1beta2 } }
spec:
  group: cluster.x-k8s.io
  conversion:
    strategy: Webhook
    webhook:
      conversionReviewVersions: [v1]
      clientConfig: { service: { name: capi-webhook-service, namespace: capi-system, path: /convert } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: manager }
spec: { template: { spec: { containers: [{ name: manager, args: ['--leader-elect', '--feature-gates=A=\${GATE_A:=true}'] }] } } }
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: { name: issuer }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: hooks }
webhooks:
  - name: validation.cluster
    failurePolicy: Fail
    clientConfig: { service: { name: capi-webhook-service, namespace: capi-system, path: /validate-cluster } }
`;
const DOOR = { port: 9443, authority: 'PEM' };

test('namespaces and CRDs come first, webhooks apart, deployments and certificates not at all', () => {
  const { objects, webhooks } = readComponents(YAML, DOOR);
  expect(objects.map((object) => object.kind)).toEqual(['Namespace', 'CustomResourceDefinition']);
  expect(webhooks.map((object) => object.kind)).toEqual(['ValidatingWebhookConfiguration']);
});

test('webhooks are called by URL with our CA, and nothing of the service is left', () => {
  const { webhooks } = readComponents(YAML, DOOR);
  const caBundle = Buffer.from('PEM').toString('base64');
  expect(webhooks[0]?.webhooks).toEqual([
    {
      name: 'validation.cluster',
      failurePolicy: 'Fail',
      clientConfig: { url: 'https://127.0.0.1:9443/validate-cluster', caBundle },
    },
  ]);
});

test('a CRD keeps its labels and review versions while its conversion goes to our port', () => {
  const [, crd] = readComponents(YAML, DOOR).objects;
  expect(crd?.metadata).toMatchObject({ labels: { 'cluster.x-k8s.io/v1beta2': 'v1beta2' } });
  expect(crd?.spec).toMatchObject({
    group: 'cluster.x-k8s.io',
    conversion: {
      webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://127.0.0.1:9443/convert' } },
    },
  });
});

test('the manager keeps the arguments upstream gives it', () => {
  const text = substituteVariables(YAML, { GATE_A: 'false' });
  expect(readComponents(text, DOOR).managerArguments).toEqual(['--leader-elect', '--feature-gates=A=false']);
});

test('variables take their value, else their default, else are an error', () => {
  expect(substituteVariables('${A:=1} ${A=2} ${B:-3} ${C}', { B: 'b', C: '' })).toBe('1 2 b ');
  expect(() => substituteVariables('x: ${NOPE}', {})).toThrow('${NOPE} has no default');
});
