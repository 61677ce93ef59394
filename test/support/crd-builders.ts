import type { SchemaProps } from '../../control-plane/registry/custom/schema-props.ts';

/** A CustomResourceDefinition of `widgets.shop.example.com` with one version `v1` of this schema of `spec`, and what else is asked for. */
export function widgetCrd(
  spec: SchemaProps,
  version: Readonly<Record<string, unknown>> = {},
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.shop.example.com' },
    spec: {
      group: 'shop.example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec,
                status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
              },
            },
          },
          subresources: { status: {} },
          ...version,
        },
      ],
      ...more,
    },
  };
}

export function widget(
  name: string,
  spec: unknown,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { apiVersion: 'shop.example.com/v1', kind: 'Widget', metadata: { name }, spec, ...more };
}
