import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  const labels = { 'resource.kubernetes.io/admin-access': 'true' };
  await api.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'care', labels } } });
});
afterAll(() => api.stop());

const url = (namespace: string, plural: string) => `/apis/resource.k8s.io/v1/namespaces/${namespace}/${plural}`;
const why = 'admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing';

test('devices of others are asked for in namespaces only that are labelled so', async () => {
  const devices = { requests: [{ name: 'r', exactly: { deviceClassName: 'gpus', adminAccess: true } }] };
  const bodies = { resourceclaims: { spec: { devices } }, resourceclaimtemplates: { spec: { spec: { devices } } } };
  for (const [plural, body] of Object.entries(bodies)) {
    const create = (namespace: string) =>
      api.send('POST', url(namespace, plural), { body: { metadata: { name: 'looks' }, ...body } });
    const refused = await create('default');
    expect(refused.status).toBe(422);
    expect(refused.json()['message']).toContain(`spec.devices.requests[0].adminAccess: Forbidden: ${why}`);
    const made = await create('care');
    expect(made.status, made.body).toBe(201);
  }
});

test('and allocated in these only', async () => {
  const devices = { requests: [{ name: 'r', exactly: { deviceClassName: 'gpus' } }] };
  const claims = url('default', 'resourceclaims');
  await api.send('POST', claims, { body: { metadata: { name: 'plain' }, spec: { devices } } });
  const result = { request: 'r', driver: 'gpu.example.com', pool: 'p', device: 'd', adminAccess: true };
  const answer = await api.send('PATCH', `${claims}/plain/status`, {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { status: { allocation: { devices: { results: [result] } } } },
  });
  expect(answer.status).toBe(422);
  expect(answer.json()['message']).toContain(`results[0].adminAccess: Forbidden: ${why}`);
});
