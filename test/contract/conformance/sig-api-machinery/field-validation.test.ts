import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiAnswer, Fields } from '../api-client.ts';
import { ConformanceCluster } from '../cluster.ts';
import { defineKind } from '../custom-kind.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start();
});
afterAll(() => on?.stop());

const strict = '?fieldManager=field_validation_mgr&fieldValidation=Strict';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const template =
  '{"metadata":{"labels":{"app":"nginx"}},"spec":{"containers":[{"name":"nginx","image":"nginx:latest"}]}}';

/** Applies YAML by its server side; `line` is counted as the client wrote it. */
const apply = (path: string, name: string, body: string): Promise<ApiAnswer> =>
  on.api.send('PATCH', `${path}/${name}${strict}`, {
    body,
    headers: { 'content-type': 'application/apply-patch+yaml' },
  });

const spec = (more: Fields = {}) => ({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        foo: { type: 'string' },
        cronSpec: { type: 'string', pattern: String.raw`^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$` },
        ports: {
          type: 'array',
          'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
          'x-kubernetes-list-type': 'map',
          items: {
            type: 'object',
            required: ['containerPort', 'protocol'],
            properties: {
              containerPort: { type: 'integer', format: 'int32' },
              name: { type: 'string' },
              protocol: { type: 'string' },
            },
          },
        },
        ...(more['properties'] as Fields | undefined),
      },
      ...(more['x-kubernetes-preserve-unknown-fields'] === true
        ? { 'x-kubernetes-preserve-unknown-fields': true }
        : {}),
    },
  },
});

/** A document of `kind`, with lines before and in its spec. */
const document = (kind: string, lines: string, inSpec: string) => `
apiVersion: validation.example.com/v1
kind: ${kind}
metadata:
  name: mytest
${lines}spec:
${inSpec}  cronSpec: "* * * * */5"
  ports:
  - name: x
    containerPort: 80
    protocol: TCP
`;

test('[sig-api-machinery] FieldValidation should detect unknown and duplicate fields of a typed object', async () => {
  const body = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"my-dep","labels":{"app":"nginx"}},
    "spec":{"unknownField":"foo","replicas":2,"replicas":3,"selector":{"matchLabels":{"app":"nginx"}},"template":${template}}}`;
  const answer = await on.api.send('POST', deployments + strict, { body });
  expect(answer.status).toBe(400);
  expect(answer.json()['message']).toContain(
    'strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"',
  );
});

test('[sig-api-machinery] FieldValidation should detect unknown metadata fields of a typed object', async () => {
  const body = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"my-dep","unknownMeta":"foo"},
    "spec":{"selector":{"matchLabels":{"app":"nginx"}},"template":${template}}}`;
  const answer = await on.api.send('POST', deployments + strict, { body });
  expect(answer.status).toBe(400);
  expect(answer.json()['message']).toContain('strict decoding error: unknown field "metadata.unknownMeta"');
});

test('[sig-api-machinery] FieldValidation should create/apply a CR with unknown fields for CRD with no validation schema', async () => {
  const path = await defineKind(on.api, { group: 'validation.example.com', plural: 'anys', kind: 'Any' });
  const answer = await apply(path, 'mytest', document('Any', '', '  unknown: uk1\n'));
  expect(answer.status, answer.text).toBe(201);
  expect(answer.json().spec).toMatchObject({ unknown: 'uk1' });
});

test('[sig-api-machinery] FieldValidation should create/apply an invalid CR with extra properties for CRD with validation schema', async () => {
  const path = await defineKind(on.api, {
    group: 'validation.example.com',
    plural: 'strictones',
    kind: 'StrictOne',
    schema: spec(),
  });
  const extra = await apply(path, 'mytest', document('StrictOne', 'unknownField: unknown\n', '  foo: foo1\n'));
  expect(extra.status).toBeGreaterThanOrEqual(400);
  expect(extra.json()['message']).toContain('.unknownField: field not declared in schema');
  const valid = await apply(path, 'mytest', document('StrictOne', '', '  foo: foo1\n'));
  expect(valid.status, valid.text).toBe(201);
});

test('[sig-api-machinery] FieldValidation should detect unknown metadata fields in both the root and embedded object of a CR', async () => {
  const path = await defineKind(on.api, {
    group: 'validation.example.com',
    plural: 'embeddings',
    kind: 'Embedding',
    schema: spec({
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          properties: {
            metadata: { type: 'object', properties: { name: { type: 'string' } } },
            spec: { type: 'object' },
          },
        },
      },
    }),
  });
  const embedded = `  template:
    apiVersion: foo/v1
    kind: Sub
    metadata:
      unknownSubMeta: unknown
      name: subobject
`;
  const answer = await apply(path, 'mytest', document('Embedding', '  unknownMeta: unknown\n', embedded));
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.json()['message']).toContain('.metadata.unknownMeta: field not declared in schema');
  expect(answer.json()['message']).toContain('.spec.template.metadata.unknownSubMeta: field not declared in schema');
});

test('[sig-api-machinery] FieldValidation should detect duplicates in a CR when preserving unknown fields', async () => {
  const path = await defineKind(on.api, {
    group: 'validation.example.com',
    plural: 'keepings',
    kind: 'Keeping',
    schema: spec({ 'x-kubernetes-preserve-unknown-fields': true }),
  });
  const twice = await apply(path, 'mytest', document('Keeping', '', '  unknown: uk1\n  foo: foo1\n  foo: foo2\n'));
  expect(twice.status).toBe(400);
  expect(twice.json()['message']).toContain('line 9: key "foo" already set in map');
  const once = await apply(path, 'mytest', document('Keeping', '', '  unknown: uk1\n  foo: foo1\n'));
  expect(once.status, once.text).toBe(201);
  const patch = '{"spec":{"foo":"a","foo":"b"}}';
  const merged = await on.api.send('PATCH', `${path}/mytest${strict}`, {
    body: patch,
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect(merged.status).toBe(422);
  expect(merged.json()['message']).toContain('strict decoding error: duplicate field "spec.foo"');
});
