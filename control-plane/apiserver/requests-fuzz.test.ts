import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.stop());

/** Deep enough to go through what reads objects, and not so deep that making it takes the time. */
const json = fc.jsonValue({ maxDepth: 3 });
const name = fc.constantFrom('default', 'a', 'A_b', '..', '%2e%2e', '%00', '%zz', 'é', 'x'.repeat(300), '', '*');
const resource = fc.constantFrom(
  'pods',
  'services',
  'configmaps',
  'namespaces',
  'deployments',
  'jobs',
  'roles',
  'customresourcedefinitions',
  'nothing',
);
const root = fc.constantFrom(
  '/api/v1',
  '/apis/apps/v1',
  '/apis/batch/v1',
  '/apis/rbac.authorization.k8s.io/v1',
  '/apis/nope/v1',
  '/api',
  '/apis',
  '',
);
const subresource = fc.constantFrom(
  '',
  '/status',
  '/scale',
  '/finalize',
  '/eviction',
  '/binding',
  '/token',
  '/resize',
  '/odd',
);
const parameter = fc.constantFrom(
  'labelSelector=a in (b',
  'labelSelector=%25',
  'fieldSelector=x==',
  'limit=-1',
  'limit=x',
  'continue=AAAA',
  'continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiIn0',
  'resourceVersion=-1',
  'resourceVersionMatch=Exact',
  'dryRun=All',
  'fieldManager=',
  'fieldValidation=Strict',
  'fieldValidation=odd',
  'gracePeriodSeconds=1e9',
  'propagationPolicy=odd',
  'pretty=1',
  'timeoutSeconds=-1',
);
const path = fc
  .tuple(root, fc.boolean(), name, resource, name, subresource, fc.array(parameter, { maxLength: 3 }))
  .map(([at, isNamespaced, namespace, kind, object, sub, parameters]) =>
    encodeURI(
      `${at}${isNamespaced ? `/namespaces/${namespace}` : ''}/${kind}${object === '' ? '' : `/${object}${sub}`}?${parameters.join('&')}`,
    ),
  );
const contentType = fc.constantFrom(
  'application/json',
  'application/yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/vnd.kubernetes.protobuf',
  'text/plain',
);
const accept = fc.constantFrom(
  '*/*',
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
);
/** Objects that begin well, patches, and anything. */
const body = fc.oneof(
  json,
  fc.record(
    { apiVersion: fc.constant('v1'), kind: fc.constant('Pod'), metadata: json, spec: json, status: json },
    { requiredKeys: [] },
  ),
  fc.record({
    metadata: fc.record({ name: fc.constantFrom('a', 'b', 7, null) }),
    spec: fc.dictionary(
      fc.constantFrom('containers', 'replicas', 'selector', 'template', 'ports', 'versions', 'names'),
      json,
    ),
  }),
  fc.array(
    fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'test', 'odd'),
      path: fc.constantFrom('', '/a', '/metadata', '/spec/0', 'x'),
      value: json,
      from: fc.constantFrom('/a', ''),
    }),
    { maxLength: 3 },
  ),
);

// 504 is what a revision of the future waits for and does not get; of all else the server must know what to say.
test('no request, whatever it says, is a failure of the server', async () => {
  const method = fc.constantFrom('GET' as const, 'POST' as const, 'PUT' as const, 'PATCH' as const, 'DELETE' as const);
  await fc.assert(
    fc.asyncProperty(method, path, body, contentType, accept, async (verb, url, sent, type, wanted) => {
      const headers = { accept: wanted, ...(verb === 'GET' ? {} : { 'content-type': type }) };
      const answer = await api.send(verb, url, { headers, ...(verb === 'GET' ? {} : { body: sent }) });
      expect(answer.status, `${answer.status} ${answer.body}`).toBeLessThan(500);
    }),
    { numRuns: 400 },
  );
  expect((await api.send('GET', '/readyz')).status).toBe(200);
});
