import { describe, expect, test } from 'vitest';
import { attributesOf, requestInfo } from './request-info.ts';

const info = (method: string, url: string) => {
  const [path = '', query = ''] = url.split('?');
  return requestInfo(method, path, new URLSearchParams(query));
};

describe('what a request is about', () => {
  test.each([
    ['GET', '/api/v1/pods', { verb: 'list', resource: 'pods', group: '', version: 'v1' }],
    ['GET', '/api/v1/pods?watch=true', { verb: 'watch', resource: 'pods', isWatchPath: false }],
    ['GET', '/api/v1/pods?watch=0', { verb: 'list' }],
    ['GET', '/api/v1/watch/namespaces/a/pods', { verb: 'watch', resource: 'pods', namespace: 'a', isWatchPath: true }],
    ['GET', '/api/v1/namespaces/a/pods/b', { verb: 'get', resource: 'pods', namespace: 'a', name: 'b' }],
    ['GET', '/api/v1/namespaces/a/pods/b/log', { subresource: 'log', name: 'b' }],
    [
      'POST',
      '/apis/apps/v1/namespaces/a/deployments',
      { verb: 'create', group: 'apps', version: 'v1', resource: 'deployments' },
    ],
    ['PUT', '/apis/apps/v1/namespaces/a/deployments/b/scale', { verb: 'update', subresource: 'scale' }],
    ['PATCH', '/api/v1/nodes/n', { verb: 'patch', resource: 'nodes', name: 'n', namespace: undefined }],
    ['DELETE', '/api/v1/nodes/n', { verb: 'delete' }],
    ['DELETE', '/api/v1/nodes', { verb: 'deletecollection' }],
    ['GET', '/api/v1/namespaces', { verb: 'list', resource: 'namespaces', namespace: undefined }],
    ['GET', '/api/v1/namespaces/a', { verb: 'get', resource: 'namespaces', namespace: 'a', name: 'a' }],
    ['PUT', '/api/v1/namespaces/a/finalize', { resource: 'namespaces', name: 'a', subresource: 'finalize' }],
    [
      'GET',
      '/api/v1/namespaces/a/services/https:web:443/proxy/x/y',
      { name: 'https:web:443', subresource: 'proxy', rest: ['x', 'y'] },
    ],
    ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode', { name: 'system:node' }],
  ])('%s %s', (method, url, expected) => {
    expect(info(method, url)).toMatchObject({ kind: 'resource', ...expected });
  });

  test.each(['/', '/api', '/api/v1', '/apis/apps/v1', '/healthz', '/openapi/v3/api/v1', '/api/v1/%zz'])(
    '%s is no resource',
    (path) => {
      expect(info('GET', path)).toEqual({ kind: 'path', verb: 'get', path });
    },
  );

  test('a list of one object by its name asks for the right to that one', () => {
    const query = new URLSearchParams('fieldSelector=metadata.name=one&watch=1');
    expect(attributesOf(requestInfo('GET', '/api/v1/namespaces/a/secrets', query), query)).toMatchObject({
      verb: 'watch',
      name: 'one',
      namespace: 'a',
    });
    const two = new URLSearchParams('fieldSelector=metadata.name!=one');
    expect(attributesOf(requestInfo('GET', '/api/v1/secrets', two), two)).toMatchObject({ name: undefined });
  });
});
