import { afterEach, expect, test } from 'vitest';
import { isNotFound } from '../../../lib/kube/client.ts';
import { configMaps, customResourceDefinitions, namespaces, type ResourceType } from '../../../lib/kube/resources.ts';
import type { CustomResourceDefinition, KubeObject } from '../../../lib/kube/types.ts';
import { widget, widgetCrd } from '../../support/crd-builders.ts';
import { ControlLoops } from './control-loops.ts';

const widgets: ResourceType = {
  group: 'shop.example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  namespaced: true,
  shortNames: [],
  categories: [],
};

let loops: ControlLoops | undefined;
afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

async function start(): Promise<ControlLoops> {
  loops = await ControlLoops.start();
  await loops.client.create(namespaces, { metadata: { name: 'shop' } });
  const crd = widgetCrd({ type: 'object', properties: {} });
  await loops.client.create(customResourceDefinitions, crd as unknown as CustomResourceDefinition);
  return loops;
}

const isGone = (reading: Promise<unknown>) =>
  reading.then(
    () => false,
    (error: unknown) => isNotFound(error),
  );

function one(name: string, owner: KubeObject): KubeObject {
  const { apiVersion = '', kind = '', metadata } = owner;
  const reference = { apiVersion, kind, name: metadata?.name ?? '', uid: metadata?.uid ?? '' };
  return { ...widget(name, {}), metadata: { name, namespace: 'shop', ownerReferences: [reference] } };
}

test('a custom object goes with its owner, and what it owns goes with it', async () => {
  const on = await start();
  const { client } = on;
  const owner = await client.create(configMaps, { metadata: { name: 'owner', namespace: 'shop' } });
  const middle = await client.create(widgets, one('middle', owner));
  await client.create(widgets, one('leaf', middle));
  await client.delete(configMaps, { namespace: 'shop', name: 'owner' });
  await on.until('both gone', async () => (await client.list(widgets, { namespace: 'shop' })).items.length === 0);
});

test('custom objects go with their namespace', async () => {
  const on = await start();
  await on.client.create(widgets, { ...widget('one', {}), metadata: { name: 'one', namespace: 'shop' } });
  await on.client.delete(namespaces, { name: 'shop' });
  await on.until('the namespace is gone', () => isGone(on.client.get(namespaces, { name: 'shop' })));
  expect((await on.client.list(widgets)).items).toEqual([]);
});

test('a definition goes with its objects, also with those that somebody holds for a while', async () => {
  const on = await start();
  const held = { name: 'held', namespace: 'shop' };
  await on.client.create(widgets, { ...widget('held', {}), metadata: { ...held, finalizers: ['example.com/hold'] } });
  const crd = { name: 'widgets.shop.example.com' };
  await on.client.delete(customResourceDefinitions, crd);
  await on.until('it says what is left', async () => {
    const { status } = await on.client.get(customResourceDefinitions, crd);
    return status?.conditions?.some(({ type, message }) => type === 'Terminating' && message?.startsWith('1 '));
  });
  await on.client.patch(widgets, held, 'merge', { metadata: { finalizers: null } });
  await on.until('the definition is gone', () => isGone(on.client.get(customResourceDefinitions, crd)));
});
