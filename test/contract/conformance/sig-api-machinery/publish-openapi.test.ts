import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { Kubectl } from '../../clients/kubectl.ts';
import type { Fields } from '../api-client.ts';
import { ConformanceCluster } from '../cluster.ts';
import { defineKind } from '../custom-kind.ts';

let on: ConformanceCluster;
let kubectl: Kubectl;

beforeAll(async () => {
  on = await ConformanceCluster.start();
  kubectl = new Kubectl(on.plane);
});
afterAll(() => on?.stop());

interface OpenApi {
  readonly components: {
    readonly schemas: Readonly<
      Record<string, { readonly 'x-kubernetes-group-version-kind'?: readonly Fields[]; readonly properties?: Fields }>
    >;
  };
}

/** The schema that is published of a kind, once it is. */
function published(group: string, version: string, kind: string) {
  return eventually(`${kind} of ${group}/${version} is published`, async () => {
    const answer = await on.api.send('GET', `/openapi/v3/apis/${group}/${version}`);
    if (answer.status !== 200) return undefined;
    const { schemas } = answer.json<OpenApi>().components;
    return Object.values(schemas).find((schema) =>
      schema['x-kubernetes-group-version-kind']?.some((one) => one['kind'] === kind && one['group'] === group),
    );
  });
}

const object = (group: string, kind: string, name: string, fields: Fields) => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: { name },
  ...fields,
});

/** What kubectl says of creating, then applying an object; deletes it again. */
async function tryWith(body: ReturnType<typeof object>, plural: string): Promise<readonly [string, string]> {
  const say = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await kubectl.try(args, body);
    return code === 0 ? stdout : stderr;
  };
  const created = await say(['create', '-f', '-']);
  await kubectl.try(['delete', plural, body.metadata.name, '--ignore-not-found']);
  const applied = await say(['apply', '-f', '-']);
  await kubectl.try(['delete', plural, body.metadata.name, '--ignore-not-found']);
  return [created, applied];
}

test('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD with validation schema', async () => {
  const group = 'foos.example.com';
  await defineKind(on.api, {
    group,
    plural: 'foos',
    kind: 'Foo',
    schema: {
      type: 'object',
      description: 'Foo CRD for Testing',
      properties: {
        spec: {
          type: 'object',
          description: 'Specification of Foo',
          properties: {
            bars: {
              type: 'array',
              description: 'List of Bars and their specs.',
              items: {
                type: 'object',
                required: ['name'],
                properties: {
                  name: { type: 'string', description: 'Name of Bar.' },
                  age: { type: 'string', description: 'Age of Bar.' },
                  bazs: { type: 'array', description: 'List of Bazs.', items: { type: 'string' } },
                },
              },
            },
          },
        },
      },
    },
  });
  await published(group, 'v1', 'Foo');
  const foo = (name: string, bars: readonly Fields[], more: Fields = {}) =>
    object(group, 'Foo', name, { spec: { bars, ...more } });

  const [created, applied] = await tryWith(foo('valid', [{ name: 'one', age: '10', bazs: ['x'] }]), 'foos');
  expect(created).toContain('foo.foos.example.com/valid created');
  expect(applied).toContain('foo.foos.example.com/valid created');
  for (const said of await tryWith(foo('unknown', [{ name: 'one' }], { foo: 'bar' }), 'foos')) {
    expect(said).toContain('unknown field "spec.foo"');
  }
  for (const said of await tryWith(foo('incomplete', [{ age: '10' }]), 'foos')) {
    expect(said).toMatch(/spec\.bars\[0\]\.name: Required value/);
  }

  expect(await kubectl.run(['explain', 'foos'])).toMatch(/DESCRIPTION:\s+Foo CRD for Testing/);
  expect(await kubectl.run(['explain', 'foos.metadata'])).toContain('creationTimestamp');
  expect(await kubectl.run(['explain', 'foos.spec'])).toMatch(/DESCRIPTION:\s+Specification of Foo/);
  const bars = await kubectl.run(['explain', 'foos.spec.bars']);
  expect(bars).toMatch(/List of Bars and their specs/);
  expect(bars).toMatch(/name\s+<string> -required-/);
  expect((await kubectl.try(['explain', 'foos.spec.bars2'])).code).not.toBe(0);
});

test('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields at the schema root', async () => {
  const group = 'roots.example.com';
  await defineKind(on.api, {
    group,
    plural: 'roots',
    kind: 'Root',
    schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  });
  await published(group, 'v1', 'Root');
  for (const said of await tryWith(object(group, 'Root', 'any', { a: { b: [{ c: 'd' }] }, spec: 'x' }), 'roots')) {
    expect(said).toContain('root.roots.example.com/any created');
  }
  expect(await kubectl.run(['explain', 'roots'])).toMatch(/KIND:\s+Root/);
});

test('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields in an embedded object', async () => {
  const group = 'nests.example.com';
  await defineKind(on.api, {
    group,
    plural: 'nests',
    kind: 'Nest',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          description: 'Specification of Nest',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { dummy: { type: 'string', description: 'Dummy property.' } },
        },
      },
    },
  });
  const schema = await published(group, 'v1', 'Nest');
  expect(schema.properties?.['spec']).toMatchObject({ 'x-kubernetes-preserve-unknown-fields': true });
  const nest = object(group, 'Nest', 'any', { spec: { dummy: 'x', a: { b: [{ c: 'd' }] } } });
  for (const said of await tryWith(nest, 'nests')) expect(said).toContain('nest.nests.example.com/any created');
  expect(await kubectl.run(['explain', 'nests.spec'])).toMatch(/DESCRIPTION:\s+Specification of Nest/);
});

const typed = (description: string) => ({
  type: 'object',
  description,
  properties: { spec: { type: 'object', properties: { said: { type: 'string', description } } } },
});

test('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of different groups', async () => {
  await defineKind(on.api, { group: 'one.example.com', plural: 'firsts', kind: 'First', schema: typed('the first') });
  await defineKind(on.api, {
    group: 'two.example.com',
    plural: 'seconds',
    kind: 'Second',
    schema: typed('the second'),
  });
  expect(await published('one.example.com', 'v1', 'First')).toMatchObject({ description: 'the first' });
  expect(await published('two.example.com', 'v1', 'Second')).toMatchObject({ description: 'the second' });
});

test('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group and version but different kinds', async () => {
  const group = 'same.example.com';
  await defineKind(on.api, { group, plural: 'thirds', kind: 'Third', schema: typed('the third') });
  await defineKind(on.api, { group, plural: 'fourths', kind: 'Fourth', schema: typed('the fourth') });
  expect(await published(group, 'v1', 'Third')).toMatchObject({ description: 'the third' });
  expect(await published(group, 'v1', 'Fourth')).toMatchObject({ description: 'the fourth' });
});
