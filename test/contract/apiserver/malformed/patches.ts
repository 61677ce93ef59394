import { configMap, deployments, http, maps, patch, type MalformedRequest } from './cases.ts';

const there = `${maps}/there`;
const widget = '/apis/shop.example.com/v1/namespaces/default/widgets/there';
const json = (...operations: readonly object[]) => patch(there, 'json', operations);
const apply = (path: string, body: string | object) => patch(`${path}?fieldManager=test`, 'apply', body);

/** Patches that cannot be read, do not fit, or change what a patch may not. */
export const patches: readonly MalformedRequest[] = [
  {
    what: 'a patch of no known type',
    sent: http('PATCH', there, { body: {} }),
    answer: { status: 415, reason: 'UnsupportedMediaType', message: '415: Unsupported Media Type' },
  },
  {
    what: 'a patch of no type',
    sent: http('PATCH', there, { body: {}, headers: { 'content-type': '' } }),
    answer: { status: 415, reason: 'UnsupportedMediaType', message: '415: Unsupported Media Type' },
  },
  {
    what: 'a patch of a type that is no media type',
    sent: http('PATCH', there, { body: {}, headers: { 'content-type': 'patch' } }),
    answer: { status: 415, reason: 'UnsupportedMediaType', message: '415: Unsupported Media Type' },
  },
  {
    what: 'an empty merge patch',
    sent: patch(there, 'merge', ''),
    answer: { status: 400, reason: 'BadRequest', message: 'error decoding patch: unexpected end of JSON input' },
  },
  {
    what: 'an empty JSON patch',
    sent: patch(there, 'json', ''),
    answer: { status: 400, reason: 'BadRequest', message: 'error decoding patch: unexpected end of JSON input' },
  },
  {
    what: 'an empty strategic patch',
    sent: patch(there, 'strategic', ''),
    answer: { status: 400, reason: 'BadRequest', message: 'unexpected end of JSON input' },
  },
  {
    what: 'a JSON patch that is an object',
    sent: patch(there, 'json', {}),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    },
  },
  {
    what: 'a JSON patch that breaks off',
    sent: patch(there, 'json', '[{"op":"add"'),
    answer: { status: 400, reason: 'BadRequest', message: 'error decoding patch: unexpected end of JSON input' },
  },
  {
    what: 'an operation that there is not',
    sent: json({ op: 'improve', path: '/data/a', value: '1' }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'an operation without a name',
    sent: json({ path: '/data/a', value: '1' }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'an operation without a path',
    sent: json({ op: 'add', value: '1' }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'an operation that is a number',
    sent: patch(there, 'json', '[1]'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp',
    },
  },
  {
    what: 'an addition without a value',
    sent: json({ op: 'add', path: '/data/b' }),
    answer: { status: 200, warnings: [] },
  },
  {
    what: 'an addition to what is not there',
    sent: json({ op: 'add', path: '/nothere/a', value: '1' }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'a removal of what is not there',
    sent: json({ op: 'remove', path: '/data/nothere' }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'a replacement of what is not there',
    sent: json({ op: 'replace', path: '/data/nothere', value: '1' }),
    answer: { status: 200, warnings: [] },
  },
  {
    what: 'a test that fails',
    sent: json({ op: 'test', path: '/data/a', value: 'other' }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'a test of what is not there',
    sent: json({ op: 'test', path: '/data/nothere', value: 'other' }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'a move from what is not there',
    sent: json({ op: 'move', from: '/data/nothere', path: '/data/b' }),
    answer: { status: 200, warnings: [] },
  },
  {
    what: 'a copy without a from',
    sent: json({ op: 'copy', path: '/data/b' }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'an index out of range',
    sent: patch(`${deployments}/there`, 'json', [
      { op: 'replace', path: '/spec/template/spec/containers/5/image', value: 'x' },
    ]),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'an insertion far behind the end',
    sent: patch(`${deployments}/there`, 'json', [
      { op: 'add', path: '/spec/template/spec/containers/5', value: { name: 'x', image: 'x' } },
    ]),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'an index that is no number',
    sent: patch(`${deployments}/there`, 'json', [
      { op: 'add', path: '/spec/template/spec/containers/first', value: {} },
    ]),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'more operations than are taken',
    sent: patch(
      there,
      'json',
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/a', value: '1' })),
    ),
    answer: {
      status: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    },
  },
  {
    what: 'a removal of everything',
    sent: json({ op: 'remove', path: '' }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'a replacement of everything by a number',
    sent: json({ op: 'replace', path: '', value: 1 }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
  },
  {
    what: 'a JSON patch that leaves the wrong type',
    sent: json({ op: 'replace', path: '/data', value: 1 }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        ' "" is invalid: patch: Invalid value: json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'patch',
          message:
            'Invalid value: json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string',
        },
      ],
    },
    upstream:
      '422  "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"data\\":1,\\"kind\\":\\"ConfigMap\\",\\"metadata\\":{\\"name\\":\\"there\\",\\"namespace\\":\\"default\\",\\',
  },
  {
    what: 'a merge patch that breaks off',
    sent: patch(there, 'merge', '{"data":'),
    answer: { status: 400, reason: 'BadRequest', message: 'error decoding patch: unexpected end of JSON input' },
  },
  {
    what: 'a merge patch that is a list',
    sent: patch(there, 'merge', '[]'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    },
  },
  {
    what: 'a merge patch that is null',
    sent: patch(there, 'merge', 'null'),
    answer: { status: 400, reason: 'BadRequest', message: 'Invalid JSON Patch' },
  },
  {
    what: 'a merge patch of the wrong type',
    sent: patch(there, 'merge', { data: { a: 1 } }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        ' "" is invalid: patch: Invalid value: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'patch',
          message: 'Invalid value: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
        },
      ],
    },
    upstream:
      '422  "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"data\\":{\\"a\\":1,\\"b\\":\\"1\\"},\\"kind\\":\\"ConfigMap\\",\\"metadata\\":{\\"name\\":\\"there\\",\\"names',
  },
  {
    what: 'a merge patch with an unknown field, strictly',
    sent: patch(`${there}?fieldValidation=Strict`, 'merge', { datta: {} }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: ' "" is invalid: patch: Invalid value: strict decoding error: unknown field "datta"',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'patch',
          message: 'Invalid value: strict decoding error: unknown field "datta"',
        },
      ],
    },
    upstream:
      '422  "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"data\\":{\\"a\\":\\"1\\",\\"b\\":\\"1\\"},\\"datta\\":{},\\"kind\\":\\"ConfigMap\\",\\"metadata\\":{\\"name\\":',
  },
  {
    what: 'a merge patch with a field twice, strictly',
    sent: patch(`${there}?fieldValidation=Strict`, 'merge', '{"data":{"a":"1"},"data":{"a":"2"}}'),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: ' "" is invalid: patch: Invalid value: strict decoding error: duplicate field "data"',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'patch',
          message: 'Invalid value: strict decoding error: duplicate field "data"',
        },
      ],
    },
    upstream:
      '422  "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"data\\":{\\"a\\":\\"2\\",\\"b\\":\\"1\\"},\\"kind\\":\\"ConfigMap\\",\\"metadata\\":{\\"name\\":\\"there\\",\\"n',
  },
  {
    what: 'a merge patch with a field twice, with a warning',
    sent: patch(`${there}?dryRun=All`, 'merge', '{"data":{"a":"1"},"data":{"a":"2"}}'),
    answer: { status: 200, warnings: ['duplicate field "data"'] },
  },
  {
    what: 'a JSON patch with an unknown member, strictly',
    sent: patch(`${there}?fieldValidation=Strict`, 'json', [{ op: 'add', path: '/data/a', value: '1', why: 'x' }]),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: ' "" is invalid: patch: Invalid value: strict decoding error: json patch unknown field "[0].why"',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'patch',
          message: 'Invalid value: strict decoding error: json patch unknown field "[0].why"',
        },
      ],
    },
    upstream:
      '422  "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"data\\":{\\"a\\":\\"1\\",\\"b\\":\\"1\\"},\\"kind\\":\\"ConfigMap\\",\\"metadata\\":{\\"name\\":\\"there\\",\\"n',
  },
  {
    what: 'another name',
    sent: patch(there, 'merge', { metadata: { name: 'other' } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'the name of the object (other) does not match the name on the URL (there)',
    },
  },
  {
    what: 'another namespace',
    sent: patch(there, 'merge', { metadata: { namespace: 'other' } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    },
  },
  {
    what: 'another uid',
    sent: patch(there, 'merge', { metadata: { uid: 'another' } }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'ConfigMap "there" is invalid: metadata.uid: Invalid value: "another": field is immutable',
      causes: [
        { reason: 'FieldValueInvalid', field: 'metadata.uid', message: 'Invalid value: "another": field is immutable' },
      ],
    },
    upstream: '422 ConfigMap "there" is invalid: metadata.uid: Invalid value: "another": field is immutable',
  },
  {
    what: 'another kind',
    sent: patch(there, 'merge', { kind: 'Secret' }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        ' "" is invalid: patch: Invalid value: no kind "Secret" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'patch',
          message:
            'Invalid value: no kind "Secret" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
        },
      ],
    },
    upstream:
      '422  "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"data\\":{\\"a\\":\\"1\\",\\"b\\":\\"1\\"},\\"kind\\":\\"Secret\\",\\"metadata\\":{\\"name\\":\\"there\\",\\"name',
  },
  {
    what: 'another apiVersion',
    sent: patch(there, 'merge', { apiVersion: 'v2' }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        ' "" is invalid: patch: Invalid value: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'patch',
          message:
            'Invalid value: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"',
        },
      ],
    },
    upstream:
      '422  "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v2\\",\\"data\\":{\\"a\\":\\"1\\",\\"b\\":\\"1\\"},\\"kind\\":\\"ConfigMap\\",\\"metadata\\":{\\"name\\":\\"there\\",\\"n',
  },
  { what: 'no kind', sent: patch(there, 'merge', { kind: null }), answer: { status: 200, warnings: [] } },
  {
    what: 'no name',
    sent: patch(there, 'merge', { metadata: { name: null } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'the name of the object (there based on URL) was undeterminable: name must be provided',
    },
  },
  {
    what: 'no metadata',
    sent: patch(`${there}?dryRun=All`, 'merge', { metadata: null }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'the name of the object (there based on URL) was undeterminable: name must be provided',
    },
  },
  {
    what: 'a stale revision',
    sent: patch(there, 'merge', { metadata: { resourceVersion: '1' } }),
    answer: {
      status: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "there": the object has been modified; please apply your changes to the latest version and try again',
    },
  },
  {
    what: 'a revision that is no number',
    sent: patch(there, 'merge', { metadata: { resourceVersion: 'abc' } }),
    answer: {
      status: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "there": the object has been modified; please apply your changes to the latest version and try again',
    },
    upstream: '500 strconv.ParseUint: parsing "abc": invalid syntax',
  },
  {
    what: 'a patch that leaves an invalid object',
    sent: patch(there, 'merge', { metadata: { labels: { a: 'b c' } } }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"there\" is invalid: metadata.labels: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.labels',
          message:
            "Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        },
      ],
    },
    upstream:
      '422 ConfigMap "there" is invalid: metadata.labels: Invalid value: "b c": a valid label must be an empty string or consist of alphanumeric characters, \'-\', \'_\' o',
  },
  {
    what: 'a strategic patch that breaks off',
    sent: patch(there, 'strategic', '{"data":'),
    answer: { status: 400, reason: 'BadRequest', message: 'unexpected end of JSON input' },
  },
  {
    what: 'a strategic patch that is a list',
    sent: patch(there, 'strategic', '[]'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'json: cannot unmarshal array into Go value of type map[string]interface {}',
    },
  },
  {
    what: 'a strategic directive that there is not',
    sent: patch(there, 'strategic', { data: { $patch: 'improve' } }),
    answer: { status: 400, reason: 'BadRequest', message: 'unexpected value for $patch: "improve"' },
    upstream: '500 unknown patch type: improve in map: map[$patch:improve]',
  },
  {
    what: 'a strategic patch of items without a key',
    sent: patch(`${deployments}/there`, 'strategic', {
      spec: { template: { spec: { containers: [{ image: 'x' }] } } },
    }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'map: {"image":"x"} of containers does not contain declared merge key: name',
    },
    upstream: '500 map: map[image:x] does not contain declared merge key: name',
  },
  {
    what: 'a strategic patch of a custom object',
    sent: patch(widget, 'strategic', { spec: { size: 1 } }),
    answer: {
      status: 415,
      reason: 'UnsupportedMediaType',
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    },
  },
  {
    what: 'force on a patch that is no apply',
    sent: patch(`${there}?force=true`, 'merge', {}),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'force',
          message: 'Forbidden: may not be specified for non-apply patch',
        },
      ],
    },
  },
  {
    what: 'a force that is neither true nor false',
    sent: patch(`${there}?force=maybe&dryRun=All`, 'merge', {}),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'force',
          message: 'Forbidden: may not be specified for non-apply patch',
        },
      ],
    },
  },
  {
    what: 'a patch with a dry run that there is not',
    sent: patch(`${there}?dryRun=Bad`, 'merge', {}),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Bad"]: supported values: "All"',
      causes: [
        {
          reason: 'FieldValueNotSupported',
          field: 'dryRun',
          message: 'Unsupported value: ["Bad"]: supported values: "All"',
        },
      ],
    },
  },
  {
    what: 'a patch by a field manager that is too long',
    sent: patch(`${there}?fieldManager=${'a'.repeat(129)}`, 'merge', {}),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
      causes: [
        { reason: 'FieldValueTooLong', field: 'fieldManager', message: 'Too long: may not be more than 128 bytes' },
      ],
    },
  },
  {
    what: 'a patch of what is not there',
    sent: patch(`${maps}/nothere`, 'merge', {}),
    answer: { status: 404, reason: 'NotFound', message: 'configmaps "nothere" not found' },
  },
  {
    what: 'an apply without a field manager',
    sent: patch(there, 'apply', configMap('there')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      causes: [
        { reason: 'FieldValueRequired', field: 'fieldManager', message: 'Required value: is required for apply patch' },
      ],
    },
  },
  {
    what: 'an apply of garbage',
    sent: apply(there, 'a: b: c'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'error decoding YAML: error converting YAML to JSON: yaml: mapping values are not allowed in this context',
    },
  },
  {
    what: 'an apply of a list',
    sent: apply(there, '[]'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    },
  },
  {
    what: 'an apply without a kind',
    sent: apply(there, { metadata: { name: 'there' } }),
    answer: { status: 400, reason: 'BadRequest', message: 'invalid object type: /, Kind=' },
  },
  {
    what: 'an apply of another kind',
    sent: apply(there, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'there' } }),
    answer: { status: 400, reason: 'BadRequest', message: 'invalid object type: /v1, Kind=Secret' },
  },
  {
    what: 'an apply of another version',
    sent: apply(there, { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'there' } }),
    answer: { status: 400, reason: 'BadRequest', message: 'invalid object type: /v2, Kind=ConfigMap' },
  },
  {
    what: 'an apply by another name',
    sent: apply(there, configMap('other')),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'the name of the object (other) does not match the name on the URL (there)',
    },
  },
  {
    what: 'an apply in another namespace',
    sent: apply(there, configMap('there', {}, { namespace: 'other' })),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    },
  },
  {
    what: 'an apply of managed fields',
    sent: apply(
      there,
      configMap('there', {}, { managedFields: [{ manager: 'x', operation: 'Apply', apiVersion: 'v1' }] }),
    ),
    answer: { status: 400, reason: 'BadRequest', message: 'metadata.managedFields must be nil' },
  },
  {
    what: 'an apply of an object with a uid that is not there',
    sent: apply(`${maps}/nothere`, configMap('nothere', {}, { uid: 'another' })),
    answer: {
      status: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "nothere": uid mismatch: the provided object specified uid another, and no existing object was found',
    },
  },
];
