import type { DiscoveredResource } from '../discovered.ts';

/*
 * What another server says that it serves, read once and as wary as anything from outside: what has not the published shape is left out.
 */

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** Of an `APIGroupDiscoveryList` (apidiscovery.k8s.io v2 and v2beta1); `undefined` when it does not speak of the group version. */
export function resourcesOfAggregated(body: unknown, at: GroupVersion): readonly DiscoveredResource[] | undefined {
  const group = objects(member(body, 'items')).find((one) => text(member(one['metadata'], 'name')) === at.group);
  const version = objects(group?.['versions']).find((one) => one['version'] === at.version);
  if (!version) return undefined;
  return objects(version['resources']).flatMap((one) => {
    const name = text(one['resource']);
    const kind = text(member(one['responseKind'], 'kind'));
    if (name === '' || kind === '') return [];
    return [
      {
        name,
        kind,
        ...ofKind(one['responseKind'], at),
        singular: text(one['singularResource']),
        namespaced: one['scope'] === 'Namespaced',
        verbs: texts(one['verbs']),
        shortNames: texts(one['shortNames']),
        categories: texts(one['categories']),
        subresources: objects(one['subresources']).flatMap((sub) => {
          const subName = text(sub['subresource']);
          const responseKind = sub['responseKind'];
          if (subName === '') return [];
          return [
            {
              name: subName,
              kind: text(member(responseKind, 'kind')),
              group: text(member(responseKind, 'group')),
              version: text(member(responseKind, 'version')),
              verbs: texts(sub['verbs']),
            },
          ];
        }),
      },
    ];
  });
}

/** Of an `APIResourceList`, in which subresources stand as `pods/log`. */
export function resourcesOfList(body: unknown, at: GroupVersion): readonly DiscoveredResource[] {
  const rows = objects(member(body, 'resources'));
  const subresourcesOf = (name: string) =>
    rows.flatMap((row) => {
      const full = text(row['name']);
      if (!full.startsWith(`${name}/`)) return [];
      return [
        {
          name: full.slice(name.length + 1),
          kind: text(row['kind']),
          group: text(row['group']) || at.group,
          version: text(row['version']) || at.version,
          verbs: texts(row['verbs']),
        },
      ];
    });
  return rows.flatMap((row) => {
    const name = text(row['name']);
    if (name === '' || name.includes('/')) return [];
    return [
      {
        name,
        kind: text(row['kind']),
        ...ofKind(row, at),
        singular: text(row['singularName']),
        namespaced: row['namespaced'] === true,
        verbs: texts(row['verbs']),
        shortNames: texts(row['shortNames']),
        categories: texts(row['categories']),
        subresources: subresourcesOf(name),
      },
    ];
  });
}

/** Of the index of OpenAPI documents (version 3): where that of a group version is. It is asked for here, so it must be a path of this kind. */
export function openapiLocation(body: unknown, { group, version }: GroupVersion): string | undefined {
  const entry = member(member(body, 'paths'), `apis/${group}/${version}`);
  const location = text(member(entry, 'serverRelativeURL'));
  return location.split('?', 1)[0] === `/openapi/v3/apis/${group}/${version}` ? location : undefined;
}

function ofKind(value: unknown, at: GroupVersion): Pick<DiscoveredResource, 'kindGroup' | 'kindVersion'> {
  const group = text(member(value, 'group'));
  const version = text(member(value, 'version'));
  if ((group === '' || group === at.group) && (version === '' || version === at.version)) return {};
  return { kindGroup: group, kindVersion: version };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function objects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one): one is Readonly<Record<string, unknown>> => typeof one === 'object' && one !== null);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
