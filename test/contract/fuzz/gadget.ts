const quantity = {
  'x-kubernetes-int-or-string': true,
  pattern: String.raw`^[0-9]+(m|Mi)?$`,
  anyOf: [{ type: 'integer' }, { type: 'string' }],
};
const formats = ['date-time', 'date', 'duration', 'byte', 'ipv4', 'cidr', 'uuid', 'email', 'uri', 'int32', 'password'];

/** A schema with what a structural schema may have: each word of it is a way to read a value, and a way to be wrong about it. */
const spec = {
  type: 'object',
  required: ['size'],
  properties: {
    size: { type: 'integer', format: 'int32', minimum: 1, maximum: 100, exclusiveMaximum: true, multipleOf: 1 },
    ratio: { type: 'number', format: 'double', minimum: 0, default: 0.5 },
    mode: { type: 'string', enum: ['fast', 'slow'], default: 'fast' },
    name: { type: 'string', minLength: 1, maxLength: 20, pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$' },
    note: { type: 'string', nullable: true, default: null },
    amount: quantity,
    formatted: {
      type: 'object',
      properties: Object.fromEntries(formats.map((format) => [format, { type: 'string', format }])),
    },
    tags: { type: 'array', items: { type: 'string', maxLength: 10 }, maxItems: 5, 'x-kubernetes-list-type': 'set' },
    ports: {
      type: 'array',
      maxItems: 8,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
      items: {
        type: 'object',
        required: ['port'],
        properties: {
          port: { type: 'integer', minimum: 1 },
          protocol: { type: 'string', default: 'TCP' },
          target: quantity,
        },
        'x-kubernetes-validations': [{ rule: 'self.port < 65536', message: 'out of range', fieldPath: '.port' }],
      },
    },
    settings: {
      type: 'object',
      minProperties: 1,
      maxProperties: 4,
      additionalProperties: { type: 'object', properties: { on: { type: 'boolean' }, level: { type: 'integer' } } },
    },
    atomic: {
      type: 'object',
      'x-kubernetes-map-type': 'atomic',
      additionalProperties: { type: 'string', maxLength: 30 },
    },
    matrix: { type: 'array', items: { type: 'array', items: { type: 'integer' }, 'x-kubernetes-list-type': 'atomic' } },
    anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    template: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    choice: {
      type: 'object',
      properties: { left: { type: 'string' }, right: { type: 'string' } },
      oneOf: [{ required: ['left'] }, { required: ['right'] }],
      not: { properties: { left: { enum: ['never'] } }, required: ['left'] },
      allOf: [{ maxProperties: 2 }],
    },
  },
  'x-kubernetes-validations': [
    {
      rule: '!has(self.tags) || self.tags.all(tag, tag != "bad")',
      messageExpression: '"bad among " + string(size(self.tags))',
    },
    { rule: 'self.size >= oldSelf.size', message: 'may not shrink', reason: 'FieldValueForbidden' },
    { rule: 'oldSelf.hasValue() || self.mode in ["fast", "slow"]', optionalOldSelf: true },
    { rule: '!has(self.formatted) || !has(self.formatted.duration) || self.formatted.duration < duration("48h")' },
    { rule: 'isQuantity(string(self.?amount.orValue("1"))) || self.amount == 7' },
  ],
};

const status = {
  type: 'object',
  properties: {
    size: { type: 'integer' },
    selector: { type: 'string' },
    conditions: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status'],
        properties: {
          type: { type: 'string' },
          status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
          lastTransitionTime: { type: 'string', format: 'date-time' },
        },
      },
    },
  },
};

const version = {
  served: true,
  schema: { openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec, status } } },
  subresources: {
    status: {},
    scale: {
      specReplicasPath: '.spec.size',
      statusReplicasPath: '.status.size',
      labelSelectorPath: '.status.selector',
    },
  },
  additionalPrinterColumns: [
    { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
    { name: 'Since', type: 'date', jsonPath: '.status.conditions[?(@.type=="Ready")].lastTransitionTime' },
    { name: 'Tags', type: 'string', jsonPath: '.spec.tags[*]', priority: 1 },
  ],
  selectableFields: [{ jsonPath: '.spec.mode' }, { jsonPath: '.spec.size' }],
};

/** A kind of its own whose versions have the same rich schema. */
export const gadgetDefinition = {
  metadata: { name: 'gadgets.fuzz.example.com' },
  spec: {
    group: 'fuzz.example.com',
    scope: 'Namespaced',
    names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList', shortNames: ['gg'] },
    versions: [
      { ...version, name: 'v1', storage: true },
      { ...version, name: 'v1beta1', storage: false, deprecated: true },
    ],
  },
};

export const gadget = {
  apiVersion: 'fuzz.example.com/v1',
  kind: 'Gadget',
  metadata: { name: 'verdict', labels: { app: 'web' }, annotations: { note: 'x' } },
  spec: {
    size: 3,
    ratio: 0.25,
    mode: 'slow',
    name: 'web',
    note: 'text',
    amount: '100m',
    formatted: { 'date-time': '2026-01-01T00:00:00Z', date: '2026-01-01', duration: '1h', ipv4: '10.0.0.1' },
    tags: ['a', 'b'],
    ports: [
      { port: 80, target: '80m' },
      { port: 80, protocol: 'UDP', target: 8080 },
    ],
    settings: { a: { on: true, level: 1 } },
    atomic: { a: 'b' },
    matrix: [[1, 2], [3]],
    anything: { deep: [{ a: null }] },
    template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', labels: { a: 'b' } }, spec: {} },
    choice: { left: 'a' },
  },
};
