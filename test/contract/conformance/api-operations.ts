import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import type { ApiClient, ApiObject, Fields } from './api-client.ts';

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
}

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** A kind whose whole API is tried out. */
export interface TriedKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** Absent: a kind of the whole cluster. */
  readonly namespace?: string;
  /** Begins the names of what is created, unless `nameOf` gives them, and is its label. */
  readonly prefix: string;
  readonly nameOf?: (index: number) => string;
  /** A valid object without metadata. */
  readonly object: Fields;
  /** Has a status of this shape, which a merge patch may write. */
  readonly status?: Fields;
  /** Subresources that discovery must name, besides the status. */
  readonly subresources?: readonly string[];
}

const rootOf = ({ group, version }: Pick<TriedKind, 'group' | 'version'>) =>
  group === '' ? `/api/${version}` : `/apis/${group}/${version}`;

/** Group, version, resource and its subresources MUST be in the discovery documents, the resource with every verb. */
export async function expectDiscovered(
  api: ApiClient,
  kind: Pick<TriedKind, 'group' | 'version' | 'plural' | 'subresources'>,
): Promise<void> {
  const { group, version, plural, subresources = [] } = kind;
  if (group !== '') {
    const groups = await api.get<{ groups: { name: string; versions: { groupVersion: string }[] }[] }>('/apis');
    const found = groups.groups.find(({ name }) => name === group);
    expect(found?.versions.map(({ groupVersion }) => groupVersion)).toContain(`${group}/${version}`);
    const one = await api.get<{ versions: { groupVersion: string }[] }>(`/apis/${group}`);
    expect(one.versions.map(({ groupVersion }) => groupVersion)).toContain(`${group}/${version}`);
  }
  const { resources } = await api.get<ResourceList>(rootOf(kind));
  expect(resources.find(({ name }) => name === plural)?.verbs.toSorted()).toEqual(expect.arrayContaining(allVerbs));
  const names = resources.map(({ name }) => name);
  for (const subresource of subresources) expect(names).toContain(`${plural}/${subresource}`);
}

/** Create, get, list, list everywhere, watch, patch, update, status, delete and deletecollection of a kind, each seen by the next. */
export async function expectApiOperations(api: ApiClient, kind: TriedKind): Promise<void> {
  const { namespace, plural, prefix, status } = kind;
  const subresources = [...(kind.subresources ?? []), ...(status ? ['status'] : [])];
  await expectDiscovered(api, { ...kind, subresources });

  const everywhere = `${rootOf(kind)}/${plural}`;
  const collection = namespace === undefined ? everywhere : `${rootOf(kind)}/namespaces/${namespace}/${plural}`;
  const selected = `?labelSelector=special-label%3D${prefix}`;
  const labels = { 'special-label': prefix };
  const create = (name: string) => api.post(collection, { ...kind.object, metadata: { name, labels } });
  const namesIn = async (path: string) => (await api.list(path)).items.map(({ metadata }) => metadata.name).toSorted();

  const nameOf = kind.nameOf ?? ((index: number) => `${prefix}-${index}`);
  const [one, two, three] = [nameOf(1), nameOf(2), nameOf(3)];
  const before = await api.list(collection + selected);
  expect(before.items).toEqual([]);
  const created = await create(one);
  expect(created.metadata.uid).toBeTruthy();
  await create(two);
  await create(three);
  expect((await api.get(`${collection}/${one}`)).metadata.uid).toBe(created.metadata.uid);
  expect(await namesIn(collection + selected)).toEqual([one, two, three]);
  expect(await namesIn(everywhere + selected)).toEqual([one, two, three]);

  const watch = await api.watch(collection + selected, before.metadata.resourceVersion);
  try {
    await watch.until('the first object', ({ type, object }) => type === 'ADDED' && object.metadata.name === one);

    const patched = await api.patch(`${collection}/${one}`, { metadata: { annotations: { patched: 'true' } } });
    expect(patched.metadata.annotations).toMatchObject({ patched: 'true' });
    const updated = await updateWith(api, `${collection}/${one}`, (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, updated: 'true' } },
    }));
    expect(updated.metadata.annotations).toMatchObject({ patched: 'true', updated: 'true' });
    for (const annotation of ['patched', 'updated']) {
      await watch.until(
        `the object as ${annotation}`,
        ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.[annotation] === 'true',
      );
    }

    if (status) await expectStatusOperations(api, `${collection}/${one}`, status);

    await api.delete(`${collection}/${one}`);
    await expectGone(api, `${collection}/${one}`);
    await watch.until('the deletion', ({ type, object }) => type === 'DELETED' && object.metadata.name === one);
    expect(await namesIn(collection + selected)).toEqual([two, three]);
    await api.delete(collection + selected);
    await eventually('all are deleted', async () => (await namesIn(collection + selected)).length === 0);
  } finally {
    watch.close();
  }
}

/** Patch, get and update of a status, each seen by the next. */
export async function expectStatusOperations(api: ApiClient, path: string, status: Fields): Promise<void> {
  const patched = await api.patch(`${path}/status`, { metadata: { annotations: { patchedstatus: 'true' } }, status });
  expect(patched.status).toMatchObject(status);
  expect(patched.metadata.annotations).toMatchObject({ patchedstatus: 'true' });
  expect((await api.get(`${path}/status`)).status).toMatchObject(status);
  const updated = await updateWith(api, `${path}/status`, (object) => ({
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, updatedstatus: 'true' } },
    status: { ...object.status, ...status },
  }));
  expect(updated.metadata.annotations).toMatchObject({ updatedstatus: 'true' });
  expect((await api.get(path)).status).toMatchObject(status);
}

/** Reads, changes and writes an object; again when somebody else was faster. */
export function updateWith(api: ApiClient, path: string, change: (object: ApiObject) => unknown): Promise<ApiObject> {
  return eventually(`${path} is updated`, async () => {
    const answer = await api.send('PUT', path, { body: change(await api.get(path)) });
    if (answer.status === 409) return undefined;
    expect(answer.status, answer.text).toBe(200);
    return answer.json();
  });
}

export async function expectGone(api: ApiClient, path: string): Promise<void> {
  await eventually(`${path} is gone`, async () => (await api.send('GET', path)).status === 404);
}
