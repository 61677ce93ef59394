import { eventually } from '../../support/eventually.ts';
import type { ApiClient, Fields } from './api-client.ts';

export const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export interface CustomKind {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly scope?: 'Namespaced' | 'Cluster';
  /** `openAPIV3Schema`; absent: any fields. */
  readonly schema?: Fields;
  readonly version?: string;
  /** More of the version. */
  readonly more?: Fields;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A CustomResourceDefinition with one version. */
export function customKind({ group, plural, kind, scope, schema, version, more, labels }: CustomKind): Fields {
  return {
    metadata: { name: `${plural}.${group}`, ...(labels ? { labels } : {}) },
    spec: {
      group,
      scope: scope ?? 'Cluster',
      names: { plural, kind },
      versions: [
        {
          name: version ?? 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          ...more,
        },
      ],
    },
  };
}

/** Defines a kind and waits until it is served. Resolves with the path of its collection, for a kind of the whole cluster. */
export async function defineKind(api: ApiClient, kind: CustomKind): Promise<string> {
  await api.post(definitions, customKind(kind));
  const path = `/apis/${kind.group}/${kind.version ?? 'v1'}/${kind.plural}`;
  await eventually(`${kind.plural} are served`, async () => (await api.send('GET', path)).status === 200);
  return path;
}
