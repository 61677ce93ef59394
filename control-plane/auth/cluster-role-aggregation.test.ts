import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterRoles } from '../../lib/kube/resources.ts';
import type { ClusterRole, PolicyRule } from '../../lib/kube/types.ts';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.stop());

const rulesOf = async (name: string) => (await api.core.client.get(clusterRoles, { name })).rules ?? [];
const fruits = (...resources: string[]): PolicyRule => ({ verbs: ['get'], apiGroups: ['shop'], resources });
const put = async (name: string, change: Partial<ClusterRole>) => {
  await api.core.client.update(clusterRoles, { ...(await api.core.client.get(clusterRoles, { name })), ...change });
  await api.clock.advance(0);
};

test('view, edit and admin hold their rules before the API serves, each what the lesser one holds', async () => {
  const [view, edit, admin] = [await rulesOf('view'), await rulesOf('edit'), await rulesOf('admin')];
  expect(view).toEqual(await rulesOf('system:aggregate-to-view'));
  expect(edit).toEqual([...(await rulesOf('system:aggregate-to-edit')), ...view]);
  expect(admin).toEqual([...edit, ...(await rulesOf('system:aggregate-to-admin'))]);
});

test('a role that comes, changes and goes changes those that aggregate it, and what they hold beside it is overwritten', async () => {
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
  const before = await rulesOf('admin');
  await api.core.client.create(clusterRoles, { metadata: { name: 'fruits', labels }, rules: [fruits('apples')] });
  await api.clock.advance(0);
  for (const name of ['view', 'edit', 'admin']) expect(await rulesOf(name)).toContainEqual(fruits('apples'));
  await put('fruits', { rules: [fruits('pears')] });
  expect(await rulesOf('admin')).toContainEqual(fruits('pears'));
  expect(await rulesOf('admin')).not.toContainEqual(fruits('apples'));
  await put('admin', { rules: [fruits('plums')] });
  expect(await rulesOf('admin')).toContainEqual(fruits('pears'));
  expect(await rulesOf('admin')).not.toContainEqual(fruits('plums'));
  await api.core.client.delete(clusterRoles, { name: 'fruits' });
  await api.clock.advance(0);
  expect(await rulesOf('admin')).toEqual(before);
});
