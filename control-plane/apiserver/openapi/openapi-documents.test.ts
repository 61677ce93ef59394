import { describe, expect, it } from 'vitest';
import { definitions } from '../../registry/definitions.ts';
import { documentHash, openapiIndex, openapiV2, openapiV3 } from './openapi-documents.ts';

const info = { version: 'v1.36.0' };

interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly operationId?: string; readonly parameters?: { name: string }[] }>>
    >
  >;
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly properties?: Record<string, unknown> }>>;
  };
}

const v3 = (group: string, version: string) => openapiV3(group, version, definitions, info) as unknown as Document;

/** Every `$ref` in a document. */
function referencesIn(document: unknown): readonly string[] {
  return [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, path]) => path ?? '');
}

describe('the OpenAPI documents', () => {
  it('are listed with a hash for each group version, views included', () => {
    const { paths } = openapiIndex(definitions, info) as { paths: Record<string, { serverRelativeURL: string }> };
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['api/v1', 'apis/apps/v1', 'apis/events.k8s.io/v1']));
    expect(paths['apis/apps/v1']?.serverRelativeURL).toBe(
      `/openapi/v3/apis/apps/v1?hash=${documentHash('apps', 'v1', definitions, info)}`,
    );
  });

  it('refer only to schemas that they contain', () => {
    for (const { resource } of definitions) {
      const document = v3(resource.group, resource.version);
      const { schemas } = document.components;
      const missing = referencesIn(document).filter(
        (path) => schemas[path.replace('#/components/schemas/', '')] === undefined,
      );
      expect(missing).toEqual([]);
    }
    const v2 = openapiV2(definitions, info) as { definitions: Record<string, unknown> };
    expect(referencesIn(v2).filter((path) => v2.definitions[path.replace('#/definitions/', '')] === undefined)).toEqual(
      [],
    );
  });

  it('say how lists are merged and what the objects are', () => {
    const { schemas } = v3('apps', 'v1').components;
    expect(schemas['io.k8s.api.apps.v1.Deployment']).toMatchObject({
      'x-kubernetes-group-version-kind': [{ group: 'apps', kind: 'Deployment', version: 'v1' }],
    });
    expect(schemas['io.k8s.api.core.v1.PodSpec']?.properties?.['containers']).toMatchObject({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(schemas['io.k8s.api.core.v1.PodSpec']).toMatchObject({ required: ['containers'] });
  });

  it('say that changes can be validated by the server, which is what kubectl looks for', () => {
    const item = v3('', 'v1').paths['/api/v1/namespaces/{namespace}/pods/{name}'];
    expect(item?.['patch']).toMatchObject({
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group: '', kind: 'Pod', version: 'v1' },
    });
    expect(item?.['patch']?.parameters?.map(({ name }) => name)).toContain('fieldValidation');
  });

  it('name each operation once', () => {
    const { paths } = openapiV2(definitions, info) as unknown as Document;
    const ids = Object.values(paths).flatMap((item) =>
      Object.values(item).flatMap(({ operationId }) => operationId ?? []),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('know nothing of groups that are not served', () => {
    expect(openapiV3('example.com', 'v1', definitions, info)).toBeUndefined();
  });
});
