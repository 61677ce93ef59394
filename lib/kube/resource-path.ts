import type { ResourceType } from './resources.ts';

/** Values of a query string; absent ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The URL path of a collection, an object or a subresource. Without `namespace`, the collection of all namespaces. */
export function resourcePath(
  resource: Pick<ResourceType, 'group' | 'version' | 'plural' | 'namespaced'>,
  at: { readonly namespace?: string | undefined; readonly name?: string | undefined } = {},
  subresource?: string,
): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  let path = root;
  if (resource.namespaced && at.namespace !== undefined && at.namespace !== '') {
    path += `/namespaces/${encodeURIComponent(at.namespace)}`;
  }
  path += `/${resource.plural}`;
  if (at.name !== undefined) path += `/${encodeURIComponent(at.name)}`;
  if (subresource !== undefined) path += `/${subresource}`;
  return path;
}

/** `?a=1&b=2`, or '' when nothing is set. */
export function queryString(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.append(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
