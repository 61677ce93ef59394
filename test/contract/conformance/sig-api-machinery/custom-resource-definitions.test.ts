import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { expectDiscovered, expectGone, updateWith } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';
import { customKind, defineKind, definitions } from '../custom-kind.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start();
});
afterAll(() => on?.stop());

const group = 'crd.example.com';

test('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] should include custom resource definition resources in discovery documents', () =>
  expectDiscovered(on.api, { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' }));

test('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition creating/deleting custom resource definition objects works', async () => {
  const path = await defineKind(on.api, { group, plural: 'passings', kind: 'Passing' });
  await on.api.delete(`${definitions}/passings.${group}`);
  await expectGone(on.api, `${definitions}/passings.${group}`);
  await expectGone(on.api, path);
});

test('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition listing custom resource definition objects works', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `listed${index}s`);
  for (const plural of names) {
    const labels = { 'test-list': 'these' };
    await on.api.post(definitions, customKind({ group, plural, kind: `Listed${plural.slice(6, -1)}`, labels }));
  }
  await on.api.post(definitions, customKind({ group, plural: 'others', kind: 'Other' }));
  const selected = `${definitions}?labelSelector=test-list%3Dthese`;
  const listed = (await on.api.list(selected)).items.map(({ metadata }) => metadata.name);
  expect(listed).toEqual(names.map((plural) => `${plural}.${group}`).toSorted());
  await on.api.delete(selected);
  await eventually('they are gone', async () => (await on.api.list(selected)).items.length === 0);
  expect((await on.api.get(`${definitions}/others.${group}`)).metadata.name).toBe(`others.${group}`);
});

test('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition getting/updating/patching custom resource definition status sub-resource works', async () => {
  await defineKind(on.api, { group, plural: 'tolds', kind: 'Told' });
  const path = `${definitions}/tolds.${group}`;
  const conditionsOf = async () =>
    ((await on.api.get(`${path}/status`)).status?.['conditions'] ?? []) as readonly object[];
  expect(await conditionsOf()).toContainEqual(expect.objectContaining({ type: 'Established', status: 'True' }));
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: 'E2E',
    message: 'Set by a test',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  await updateWith(on.api, `${path}/status`, (object) => ({
    ...object,
    status: {
      ...object.status,
      conditions: [...((object.status?.['conditions'] ?? []) as readonly object[]), condition('StatusUpdate')],
    },
  }));
  expect(await conditionsOf()).toContainEqual(expect.objectContaining({ type: 'StatusUpdate' }));
  const patched = await on.api.patch(`${path}/status`, {
    status: { conditions: [...(await conditionsOf()), condition('StatusPatch')] },
  });
  expect(patched.status?.['conditions']).toContainEqual(expect.objectContaining({ type: 'StatusPatch' }));
  expect(await conditionsOf()).toContainEqual(expect.objectContaining({ type: 'StatusPatch' }));
});

test('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] custom resource defaulting for requests and from storage works', async () => {
  const schema = (properties: object) => ({ type: 'object', properties });
  const plain = { a: { type: 'string' }, b: { type: 'string' } };
  const things = await defineKind(on.api, {
    group,
    plural: 'defaultings',
    kind: 'Defaulting',
    schema: schema(plain),
  });
  const create = (name: string) =>
    on.api.post(things, { apiVersion: `${group}/v1`, kind: 'Defaulting', metadata: { name } });
  const setSchema = (properties: object) =>
    on.api.patch(
      `${definitions}/defaultings.${group}`,
      [{ op: 'replace', path: '/spec/versions/0/schema/openAPIV3Schema', value: schema(properties) }],
      'json',
    );
  expect(await create('foo')).not.toHaveProperty('a');
  await setSchema({ a: { type: 'string', default: 'A' }, b: { type: 'string' } });
  await eventually('what is stored has the default', async () => (await on.api.get(`${things}/foo`))['a'] === 'A');
  expect((await create('bar'))['a']).toBe('A');
  // Written once, the default belongs to the object.
  await on.api.patch(`${things}/foo`, { metadata: { labels: { touched: 'yes' } } });
  await setSchema({ a: { type: 'string' }, b: { type: 'string', default: 'B' } });
  await eventually('the other default', async () => (await on.api.get(`${things}/foo`))['b'] === 'B');
  expect(await on.api.get(`${things}/foo`)).toMatchObject({ a: 'A', b: 'B' });
  expect(await on.api.get(`${things}/bar`)).toMatchObject({ a: 'A', b: 'B' });
});
