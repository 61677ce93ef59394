import { group, namespaced, type BaseObject } from './base-object.ts';

const schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size', 'engine'],
      'x-kubernetes-validations': [
        { rule: 'self.size <= self.maxSize', message: 'size must not be above maxSize' },
        {
          rule: '!has(self.mode) || self.mode != "Fixed" || self.size > 1',
          fieldPath: '.size',
          reason: 'FieldValueForbidden',
        },
      ],
      properties: {
        size: { type: 'integer', format: 'int32', minimum: 1, maximum: 100, multipleOf: 1 },
        maxSize: { type: 'integer', default: 50 },
        engine: {
          type: 'string',
          minLength: 2,
          maxLength: 20,
          pattern: '^[a-z]+$',
          'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'engine is immutable' }],
        },
        mode: { type: 'string', enum: ['Fixed', 'Free'] },
        ratio: { type: 'number', minimum: 0, exclusiveMinimum: true },
        isOn: { type: 'boolean', default: true },
        note: { type: 'string', nullable: true },
        port: { 'x-kubernetes-int-or-string': true },
        address: { type: 'string', format: 'ipv4' },
        contact: { type: 'string', format: 'email' },
        at: { type: 'string', format: 'date-time' },
        timeout: { type: 'string', format: 'duration' },
        tags: { type: 'array', maxItems: 3, 'x-kubernetes-list-type': 'set', items: { type: 'string', maxLength: 10 } },
        endpoints: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { type: 'string' },
              port: { type: 'integer', default: 80 },
              protocol: { type: 'string', default: 'TCP' },
            },
          },
        },
        limits: { type: 'object', maxProperties: 2, additionalProperties: { type: 'integer', minimum: 0 } },
        source: {
          type: 'object',
          oneOf: [{ required: ['git'] }, { required: ['image'] }],
          properties: { git: { type: 'string' }, image: { type: 'string' } },
        },
        anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        embedded: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
        },
      },
    },
    status: {
      type: 'object',
      properties: {
        size: { type: 'integer', minimum: 0 },
        selector: { type: 'string' },
        phase: { type: 'string', enum: ['Ready', 'Waiting'] },
        conditions: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
          items: {
            type: 'object',
            required: ['type', 'status'],
            properties: { type: { type: 'string' }, status: { type: 'string' } },
          },
        },
      },
    },
  },
};

export const databaseDefinition: BaseObject = {
  path: `${group('apiextensions.k8s.io')}/customresourcedefinitions`,
  object: {
    metadata: { name: 'databases.objects.example.com' },
    spec: {
      group: 'objects.example.com',
      scope: 'Namespaced',
      names: { plural: 'databases', singular: 'database', kind: 'Database', listKind: 'DatabaseList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.size',
              statusReplicasPath: '.status.size',
              labelSelectorPath: '.status.selector',
            },
          },
          selectableFields: [{ jsonPath: '.spec.engine' }, { jsonPath: '.spec.size' }],
        },
      ],
    },
  },
};

/** Objects of a kind with most of what schemas can ask for. */
export const customObjects: Readonly<Record<string, BaseObject>> = {
  CustomObject: {
    path: `${namespaced('objects.example.com')}/databases`,
    needs: [databaseDefinition],
    object: {
      apiVersion: 'objects.example.com/v1',
      kind: 'Database',
      metadata: { name: 'verdict', labels: { app: 'web' } },
      spec: {
        size: 3,
        maxSize: 10,
        engine: 'sql',
        mode: 'Fixed',
        ratio: 0.5,
        isOn: false,
        note: 'x',
        port: 'http',
        address: '10.1.2.3',
        contact: 'a@example.com',
        at: '2026-01-01T00:00:00Z',
        timeout: '5s',
        tags: ['a', 'b'],
        endpoints: [{ name: 'first', port: 8080, protocol: 'UDP' }],
        limits: { cpu: 1, memory: 2 },
        source: { git: 'https://git.example.com' },
        anything: { goes: [{ here: 1 }] },
        embedded: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'inner' }, data: { a: 'b' } },
        unknown: 'x',
      },
    },
  },
};
