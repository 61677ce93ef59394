import { cloneObject, isEqualJson } from '../../registry/api-object.ts';
import type { Registry } from '../../registry/registry.ts';
import { WriteRequest } from '../../registry/write-request.ts';
import type { User } from '../extension.ts';
import type { ResourceRequest } from '../request-info.ts';
import { connectOptions, queryOf } from './connect-options.ts';

/**
 * Asks admission whether somebody may look into a pod or go through to it, a Service or a node. Resolves with the query to go on with: what is asked for may be
 * changed like any object. Throws what refuses it. Its warnings are added to `warnings`.
 */
export async function admitConnect(
  registry: Registry,
  info: ResourceRequest,
  query: URLSearchParams,
  user: User,
  warnings: string[],
): Promise<URLSearchParams> {
  const plugins = registry.plugins.filter((plugin) => plugin.handlesConnect === true);
  const options = connectOptions(info, query);
  const resource = registry.find('v1', info.resource);
  if (!options || !resource || plugins.length === 0) return query;
  const before = cloneObject(options);
  const { name = '', namespace, subresource = '' } = info;
  const context = { user, dryRun: false, fieldManager: '', fieldValidation: 'Ignore', warnings } as const;
  const request = new WriteRequest('CONNECT', resource, options, undefined, context, subresource, {
    name,
    namespace: resource.definition.resource.namespaced ? namespace : undefined,
  });
  try {
    await request.admit(plugins);
    await request.validate(plugins);
  } finally {
    request.settle(false);
  }
  return subresource === 'proxy' || isEqualJson(options, before) ? query : queryOf(options, query);
}
