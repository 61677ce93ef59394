import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../test/contract/agentnet/eventually.ts';
import { ApiUnderTest, type Answer } from '../../test/support/api-under-test.ts';
import { widget, widgetCrd } from '../../test/support/crd-builders.ts';
import type { SchemaProps } from '../registry/custom/schema-props.ts';

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const crd = `${crds}/widgets.shop.example.com`;
const widgets = '/apis/shop.example.com/v1/namespaces/default/widgets';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await ApiUnderTest.start();
});
afterEach(() => api.stop());

const simple: SchemaProps = {
  type: 'object',
  required: ['size'],
  properties: {
    size: { type: 'integer', minimum: 1, maximum: 10 },
    mode: { type: 'string', enum: ['fast', 'slow'], default: 'slow' },
    name: { type: 'string', minLength: 2, maxLength: 5, pattern: '^[a-z]+$' },
    port: { 'x-kubernetes-int-or-string': true },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 2, 'x-kubernetes-list-type': 'set' },
    parts: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, count: { type: 'integer', default: 1 } },
      },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

async function define(...args: Parameters<typeof widgetCrd>): Promise<void> {
  const answer = await api.send('POST', crds, { body: widgetCrd(...args) });
  expect(answer.status, answer.body).toBe(201);
}

const create = (name: string, spec: unknown, query = '') =>
  api.send('POST', `${widgets}${query}`, { body: widget(name, spec) });

function causesOf(answer: Answer): unknown[] {
  const { details } = answer.json() as { details?: { causes?: { field: string; message: string }[] } };
  return (details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
}

describe('a kind that was defined', () => {
  test('is served at once, discovered, described and printed', async () => {
    await define(simple, {
      additionalPrinterColumns: [
        { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
        { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
      ],
    });
    const made = await create('one', { size: 3 });
    expect(made.status, made.body).toBe(201);
    expect(made.json()).toMatchObject({ metadata: { name: 'one', generation: 1 }, spec: { size: 3, mode: 'slow' } });
    const resources = (await api.send('GET', '/apis/shop.example.com/v1')).json()['resources'];
    expect(resources).toMatchObject([
      { name: 'widgets', singularName: 'widget', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
      { name: 'widgets/status' },
    ]);
    await api.clock.advance(90_000);
    const table = await api.send('GET', widgets, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    expect(table.json()).toMatchObject({
      columnDefinitions: [{ name: 'Name' }, { name: 'Size', type: 'integer' }, { name: 'Age', type: 'date' }],
      rows: [{ cells: ['one', 3, '90s'] }],
    });
    const index = (await api.send('GET', '/openapi/v3')).json()['paths'] as Record<
      string,
      { serverRelativeURL: string }
    >;
    const document = await api.send('GET', index['apis/shop.example.com/v1']?.serverRelativeURL ?? '');
    expect(document.json()).toMatchObject({
      components: {
        schemas: { 'com.example.shop.v1.Widget': { properties: { spec: { properties: { size: { minimum: 1 } } } } } },
      },
    });
    expect((await api.send('GET', '/openapi/v2')).json()['definitions']).toHaveProperty('com.example.shop.v1.Widget');
  });

  test('has a definition that says so', async () => {
    await define(simple);
    const conditions = async () =>
      ((await api.send('GET', crd)).json()['status'] as { conditions?: { type: string; status: string }[] })
        ?.conditions;
    await eventually(conditions).toMatchObject([
      { type: 'NamesAccepted', status: 'True' },
      { type: 'Established', status: 'True' },
    ]);
    expect((await api.send('GET', crd)).json()).toMatchObject({
      spec: { names: { singular: 'widget', listKind: 'WidgetList' }, conversion: { strategy: 'None' } },
      status: { acceptedNames: { plural: 'widgets' }, storedVersions: ['v1'] },
    });
  });

  test('is gone with its definition, and its objects with it', async () => {
    await define(simple);
    await create('one', { size: 1 });
    expect((await api.send('DELETE', crd)).status).toBe(200);
    await eventually(async () => (await api.send('GET', crd)).status).toBe(404);
    expect((await api.send('GET', widgets)).status).toBe(404);
    expect((await api.send('GET', '/apis/shop.example.com')).status).toBe(404);
    await define(simple);
    expect((await api.send('GET', widgets)).json()['items']).toEqual([]);
  });

  test('of which another has a name already is not served', async () => {
    await define(simple);
    const other = widgetCrd(simple, {}, { names: { plural: 'gadgets', kind: 'Gadget', shortNames: ['wd'] } });
    const answer = await api.send('POST', crds, { body: { ...other, metadata: { name: 'gadgets.shop.example.com' } } });
    expect(answer.status, answer.body).toBe(201);
    const status = async () => (await api.send('GET', `${crds}/gadgets.shop.example.com`)).json()['status'];
    await eventually(status).toMatchObject({
      conditions: [
        { type: 'NamesAccepted', status: 'False', reason: 'ShortNamesConflict', message: '"wd" is already in use' },
        { type: 'Established', status: 'False' },
      ],
    });
    expect((await api.send('GET', '/apis/shop.example.com/v1/gadgets')).status).toBe(404);
  });
});

describe('a definition with a rule that could take too long', () => {
  const names = (rule: string, more: SchemaProps = {}): SchemaProps => ({
    type: 'object',
    properties: {
      names: { type: 'array', items: { type: 'string' }, 'x-kubernetes-validations': [{ rule }], ...more },
    },
  });

  test('is refused until the schema says how much there may be', async () => {
    const rule = 'self.all(x, self.filter(y, x == y).size() == 1)';
    const answer = await api.send('POST', crds, { body: widgetCrd(names(rule)) });
    expect(answer.status).toBe(422);
    expect(causesOf(answer)[0]).toBe(
      'spec.validation.openAPIV3Schema.properties[spec].properties[names].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)',
    );
    await define(names(rule, { maxItems: 20, items: { type: 'string', maxLength: 60 } }));
  });
});

describe('an applied configuration', () => {
  const apply = (path: string, lines: readonly string[]) =>
    api.send('PATCH', `${path}?fieldManager=me&fieldValidation=Strict`, {
      body: lines.join('\n'),
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
  const head = ['', 'apiVersion: shop.example.com/v1', 'kind: Widget', 'metadata:', '  name: one'];

  test('owns only fields that there are', async () => {
    await define({ type: 'object', properties: { foo: { type: 'string' } } });
    const root = await apply(`${widgets}/one`, [...head, 'unknownField: unknown']);
    expect(root.status).toBe(400);
    expect(root.json()['message']).toBe(
      'failed to create typed patch object (default/one; shop.example.com/v1, Kind=Widget): .unknownField: field not declared in schema',
    );
    const metadata = await apply(`${widgets}/one`, [...head, '  unknownMeta: unknown', 'spec:', '  foo: a']);
    expect(metadata.json()['message']).toContain('.metadata.unknownMeta: field not declared in schema');
    const map = await apply('/api/v1/namespaces/default/configmaps/m', [
      'apiVersion: v1',
      'kind: ConfigMap',
      'spec: {}',
    ]);
    expect(map.json()['message']).toContain('.spec: field not declared in schema');
    expect((await apply(`${widgets}/one`, [...head, 'spec:', '  foo: a'])).status).toBe(201);
  });

  test('may have unknown fields where they are preserved, but none twice', async () => {
    await define({
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: { foo: { type: 'string' } },
    });
    const body = [...head, 'spec:', '  unknown: uk1', '  foo: foo1', '  foo: foo2', '  cronSpec: "* * * * */5"'];
    const answer = await apply(`${widgets}/one`, body);
    expect(answer.status).toBe(400);
    expect(answer.json()['message']).toContain('error strict decoding YAML');
    expect(answer.json()['message']).toContain('line 9: key "foo" already set in map');
    expect(
      (
        await apply(
          `${widgets}/one`,
          body.filter((line) => !line.includes('foo1')),
        )
      ).status,
    ).toBe(201);
  });
});

describe('a default', () => {
  test('is filled in of what was stored before it, and stays where it was written', async () => {
    const schema = (defaults: Record<string, string>): SchemaProps => ({
      type: 'object',
      properties: Object.fromEntries(
        ['a', 'b'].map((name) => [name, { type: 'string', ...(defaults[name] ? { default: defaults[name] } : {}) }]),
      ),
    });
    const redefine = async (defaults: Record<string, string>) => {
      const { spec } = widgetCrd(schema(defaults)) as { spec: { versions: object[] } };
      const answer = await api.send('PATCH', crd, {
        body: { spec: { versions: spec.versions } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      expect(answer.status, answer.body).toBe(200);
    };
    const specOf = async (name: string) => (await api.send('GET', `${widgets}/${name}`)).json()['spec'];
    await define(schema({}));
    await create('old', {});
    expect(await specOf('old')).toEqual({});
    await redefine({ a: 'A' });
    expect(await specOf('old')).toEqual({ a: 'A' });
    await create('new', {});
    await redefine({ b: 'B' });
    expect(await specOf('new')).toEqual({ a: 'A', b: 'B' });
    expect(await specOf('old')).toEqual({ b: 'B' });
    expect((await api.send('GET', widgets)).json()['items']).toMatchObject([
      { spec: { a: 'A', b: 'B' } },
      { spec: { b: 'B' } },
    ]);
  });
});

describe('a schema that becomes stricter', () => {
  test('lets what is there stay, with a warning, until it is changed', async () => {
    const name = (more: SchemaProps): SchemaProps => ({
      type: 'object',
      properties: { name: { type: 'string', ...more }, size: { type: 'integer' } },
    });
    await define(name({}));
    await create('one', { name: 'UPPER', size: 1 });
    const rules = [{ rule: 'self.matches("^[a-z]+$")', message: 'name must be lowercase' }];
    const { spec } = widgetCrd(name({ maxLength: 3, 'x-kubernetes-validations': rules })) as {
      spec: { versions: object[] };
    };
    const merge = { 'content-type': 'application/merge-patch+json' };
    await api.send('PATCH', crd, { body: { spec: { versions: spec.versions } }, headers: merge });
    const change = (changed: object) =>
      api.send('PATCH', `${widgets}/one`, { body: { spec: changed }, headers: merge });
    const resized = await change({ size: 2 });
    expect(resized.status, resized.body).toBe(200);
    expect(String(resized.headers['warning'])).toContain('name must be lowercase');
    const renamed = await change({ name: 'OTHER' });
    expect(renamed.status).toBe(422);
    expect(causesOf(renamed)).toEqual([
      'spec.name: Too long: may not be more than 3 bytes',
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ]);
    expect(causesOf(await change({ name: 'UP' }))).toEqual(['spec.name: Invalid value: "UP": name must be lowercase']);
    expect((await change({ name: 'up' })).status).toBe(200);
  });
});

describe('objects of it', () => {
  beforeEach(() => define(simple));

  test.each<[string, unknown, string[]]>([
    ['a missing field', {}, ['spec.size: Required value']],
    [
      'a wrong type',
      { size: 'big' },
      ['spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'],
    ],
    ['too small', { size: 0 }, ['spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1']],
    [
      'not one of those',
      { size: 1, mode: 'odd' },
      ['spec.mode: Unsupported value: "odd": supported values: "fast", "slow"'],
    ],
    [
      'too short, and not told to be of another shape',
      { size: 1, name: 'A' },
      ['spec.name: Invalid value: "A": spec.name in body should be at least 2 chars long'],
    ],
    ['too long', { size: 1, name: 'abcdef' }, ['spec.name: Too long: may not be more than 5 bytes']],
    ['too many', { size: 1, tags: ['a', 'b', 'c'] }, ['spec.tags: Too many: 3: must have at most 2 items']],
    ['twice in a set', { size: 1, tags: ['a', 'a'] }, ['spec.tags[1]: Duplicate value: "a"']],
    [
      'twice in a map',
      { size: 1, parts: [{ name: 'a' }, { name: 'a' }] },
      ['spec.parts[1]: Duplicate value: {"name":"a"}'],
    ],
    [
      'neither number nor text',
      { size: 1, port: true },
      ['spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"'],
    ],
    [
      'a wrong value in a map',
      { size: 1, labels: { a: 1 } },
      ['spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"'],
    ],
  ])('are refused: %s', async (_, spec, causes) => {
    const answer = await create('bad', spec);
    expect(answer.status, answer.body).toBe(422);
    expect(causesOf(answer)).toEqual(causes);
  });

  test('lose what the schema does not know, with an error when that is asked for', async () => {
    const spec = { size: 1, unknown: 1, parts: [{ name: 'a', odd: 2 }], open: { any: { thing: 1 } }, mode: null };
    const made = await create('one', spec);
    expect(made.json()['spec']).toEqual({
      size: 1,
      mode: 'slow',
      parts: [{ name: 'a', count: 1 }],
      open: { any: { thing: 1 } },
    });
    const strict = await create('two', spec, '?fieldValidation=Strict');
    expect(strict.status).toBe(400);
    expect(strict.json()['message']).toContain('unknown field "spec.unknown", unknown field "spec.parts[0].odd"');
  });

  test('have a status of their own', async () => {
    await api.send('POST', widgets, { body: widget('one', { size: 1 }, { status: { phase: 'x' } }) });
    expect((await api.send('GET', `${widgets}/one`)).json()['status']).toBeUndefined();
    const patch = (path: string, body: unknown) =>
      api.send('PATCH', path, { body, headers: { 'content-type': 'application/merge-patch+json' } });
    const told = await patch(`${widgets}/one/status`, { status: { phase: 'Ready' }, spec: { size: 9 } });
    expect(told.json()).toMatchObject({ spec: { size: 1 }, status: { phase: 'Ready' }, metadata: { generation: 1 } });
    const changed = await patch(`${widgets}/one`, { spec: { size: 2 }, status: { phase: 'Lost' } });
    expect(changed.json()).toMatchObject({
      spec: { size: 2 },
      status: { phase: 'Ready' },
      metadata: { generation: 2 },
    });
  });

  test('are merged by server-side apply as their lists say', async () => {
    const apply = (manager: string, spec: unknown) =>
      api.send('PATCH', `${widgets}/one?fieldManager=${manager}`, {
        body: widget('one', spec),
        headers: { 'content-type': 'application/apply-patch+yaml' },
      });
    await apply('a', { size: 1, parts: [{ name: 'x', count: 2 }], tags: ['p'] });
    const both = await apply('b', { parts: [{ name: 'y' }], tags: ['q'] });
    expect(both.json()['spec']).toMatchObject({
      parts: [
        { name: 'x', count: 2 },
        { name: 'y', count: 1 },
      ],
      tags: ['p', 'q'],
    });
    const conflict = await apply('b', { parts: [{ name: 'x', count: 3 }] });
    expect(conflict.status).toBe(409);
    expect(conflict.json()['message']).toContain('.spec.parts[name="x"].count');
    const strategic = await api.send('PATCH', `${widgets}/one`, {
      body: { spec: {} },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    expect(strategic.status).toBe(415);
  });
});

describe('rules', () => {
  const ruled: SchemaProps = {
    type: 'object',
    properties: {
      min: { type: 'integer' },
      max: { type: 'integer' },
      class: {
        type: 'string',
        'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'class is immutable' }],
      },
      'my-names': { type: 'array', items: { type: 'string' } },
    },
    'x-kubernetes-validations': [
      {
        rule: '!has(self.min) || !has(self.max) || self.min <= self.max',
        messageExpression: '"%d is more than %d".format([self.min, self.max])',
        fieldPath: '.min',
      },
      {
        rule: '!has(self.my__dash__names) || self.my__dash__names.all(n, n.startsWith("a"))',
        reason: 'FieldValueForbidden',
      },
    ],
  };

  test('are asked of every object, and of changes', async () => {
    await define(ruled);
    expect(causesOf(await create('one', { min: 3, max: 2 }))).toEqual(['spec.min: Invalid value: 3 is more than 2']);
    expect(causesOf(await create('one', { 'my-names': ['a', 'b'] }))).toEqual([
      'spec: Forbidden: failed rule: !has(self.my__dash__names) || self.my__dash__names.all(n, n.startsWith("a"))',
    ]);
    expect((await create('one', { class: 'gold', min: 1, max: 2 })).status).toBe(201);
    const changed = await api.send('PATCH', `${widgets}/one`, {
      body: { spec: { class: 'lead' } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(causesOf(changed)).toEqual(['spec.class: Invalid value: "lead": class is immutable']);
  });

  test('that cannot be compiled are refused with the place', async () => {
    const answer = await api.send('POST', crds, {
      body: widgetCrd({ type: 'object', 'x-kubernetes-validations': [{ rule: 'self.a ++ 1' }] }),
    });
    expect(answer.status).toBe(422);
    expect(causesOf(answer)).toEqual([
      'spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: "self.a ++ 1": compilation failed: ERROR: <input>:1:9: Unexpected token: PLUS\n | self.a ++ 1\n | ........^',
    ]);
  });
});

describe('several versions', () => {
  test('show the same objects, each in its own schema and columns', async () => {
    const schema = (spec: SchemaProps) => ({ openAPIV3Schema: { type: 'object', properties: { spec } } });
    const both: SchemaProps = { type: 'object', properties: { size: { type: 'integer' }, extra: { type: 'string' } } };
    await define(
      both,
      {},
      {
        versions: [
          {
            name: 'v1alpha1',
            served: true,
            storage: false,
            deprecated: true,
            schema: schema({ type: 'object', properties: { size: { type: 'integer' } } }),
          },
          { name: 'v1', served: true, storage: true, schema: schema(both) },
        ],
      },
    );
    const old = '/apis/shop.example.com/v1alpha1/namespaces/default/widgets';
    const made = await api.send('POST', old, {
      body: { ...widget('one', { size: 1, extra: 'x' }), apiVersion: 'shop.example.com/v1alpha1' },
    });
    expect(made.json()).toMatchObject({ apiVersion: 'shop.example.com/v1alpha1', spec: { size: 1 } });
    const warning = '299 - "shop.example.com/v1alpha1 Widget is deprecated"';
    expect([made.headers['warning']].flat()).toContain(warning);
    expect([(await api.send('GET', old)).headers['warning']].flat()).toEqual([warning]);
    expect((await api.send('GET', `${widgets}/one`)).json()).toMatchObject({ apiVersion: 'shop.example.com/v1' });
    const group = (await api.send('GET', '/apis/shop.example.com')).json();
    expect(group).toMatchObject({
      versions: [{ version: 'v1' }, { version: 'v1alpha1' }],
      preferredVersion: { version: 'v1' },
    });
  });

  test('may change places: what was stored under another is shown and written under the new one', async () => {
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec: simple } } };
    const versions = (storage: string) =>
      ['v1', 'v2'].map((name) => ({
        name,
        served: name !== storage || name === 'v2',
        storage: name === storage,
        schema,
      }));
    await define(simple, {}, { versions: versions('v1').map((one) => ({ ...one, served: true })) });
    await create('one', { size: 1 });
    const present = (await api.send('GET', crd)).json() as { spec: Record<string, unknown> };
    await api.send('PUT', crd, { body: { ...present, spec: { ...present.spec, versions: versions('v2') } } });
    const second = '/apis/shop.example.com/v2/namespaces/default/widgets/one';
    expect((await api.send('GET', second)).json()).toMatchObject({
      apiVersion: 'shop.example.com/v2',
      spec: { size: 1 },
    });
    const changed = await api.send('PATCH', second, {
      body: { spec: { size: 2 } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(changed.json(), changed.body).toMatchObject({ apiVersion: 'shop.example.com/v2', spec: { size: 2 } });
  });
});

describe('a definition', () => {
  test.each<[string, Parameters<typeof widgetCrd>, string]>([
    [
      'without a type',
      [{ properties: {} }],
      'spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields',
    ],
    [
      'with a default that is no value of its place',
      [{ type: 'object', properties: { n: { type: 'integer', default: 'x' } } }],
      'spec.validation.openAPIV3Schema.properties[spec].properties[n].default: Invalid value: "string":  in body must be of type integer: "string"',
    ],
    [
      'with a list of keys that items lack',
      [
        {
          type: 'object',
          properties: {
            l: {
              type: 'array',
              items: { type: 'object', properties: {} },
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['name'],
            },
          },
        },
      ],
      'spec.validation.openAPIV3Schema.properties[spec].properties[l].x-kubernetes-list-map-keys[0]: Invalid value: "name": entries must all be names of item properties',
    ],
    [
      'with a column that leads nowhere',
      [simple, { additionalPrinterColumns: [{ name: 'X', type: 'string', jsonPath: 'spec.x' }] }],
      'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec.x": must be a simple json path starting with .',
    ],
    [
      'of another name',
      [simple, {}, { names: { plural: 'gadgets', kind: 'Widget' } }],
      'metadata.name: Invalid value: "widgets.shop.example.com": must be spec.names.plural+"."+spec.group',
    ],
    [
      'of an unknown scope',
      [simple, {}, { scope: 'Galaxy' }],
      'spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"',
    ],
  ])('%s is refused', async (_, args, cause) => {
    const answer = await api.send('POST', crds, { body: widgetCrd(...args) });
    expect(answer.status, answer.body).toBe(422);
    expect(causesOf(answer)).toContain(cause);
  });

  test('scales by the paths that it names', async () => {
    await define(
      { type: 'object', properties: { replicas: { type: 'integer' } } },
      {
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
      },
    );
    await create('one', { replicas: 2 });
    const scale = `${widgets}/one/scale`;
    expect((await api.send('GET', scale)).json()).toMatchObject({ kind: 'Scale', spec: { replicas: 2 } });
    await api.send('PATCH', scale, {
      body: { spec: { replicas: 5 } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect((await api.send('GET', `${widgets}/one`)).json()).toMatchObject({ spec: { replicas: 5 } });
  });
});
