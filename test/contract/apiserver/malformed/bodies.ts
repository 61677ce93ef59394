import { gzipSync } from 'node:zlib';
import { configMap, deployments, http, maps, post, type MalformedRequest } from './cases.ts';

const tenMegabytes = Buffer.alloc(10 * 1024 * 1024, 'a');
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const duplicate = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}';
const unknown = configMap('unknown', { datta: { a: 'b' } }, { nam: 'x' });
const yaml = { 'content-type': 'application/yaml' };
/** As clients do: who closes the connection himself may not hear why it was refused. */
const keeping = { connection: 'keep-alive' };
const protobuf = { 'content-type': 'application/vnd.kubernetes.protobuf' };
const chunked = { ...keeping, 'transfer-encoding': 'chunked', 'content-type': 'application/json' };
const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x1_00_00, 'a'), Buffer.from('\r\n')]);

/** Bodies that are not what they should be. */
export const bodies: readonly MalformedRequest[] = [
  {
    what: 'truncated JSON',
    sent: post(maps, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: unexpected end of JSON input ({"apiVersion":"v1","kind":"Con ...)',
    },
  },
  {
    what: 'garbage behind the JSON',
    sent: post(maps, `${JSON.stringify(configMap('tail'))}garbage`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: invalid character \'g\' after top-level value ({"apiVersion":"v1","kind":"Con ...)',
    },
  },
  {
    what: 'a second JSON document behind the first',
    sent: post(maps, `${JSON.stringify(configMap('one'))}${JSON.stringify(configMap('two'))}`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: invalid character \'{\' after top-level value ({"apiVersion":"v1","kind":"Con ...)',
    },
  },
  {
    what: 'JSON that is a list',
    sent: post(maps, '[]'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)',
    },
  },
  {
    what: 'JSON that is a string',
    sent: post(maps, '"text"'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (227465787422)',
    },
  },
  {
    what: 'JSON that is a number',
    sent: post(maps, '1'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: json: cannot unmarshal number into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (31)',
    },
  },
  {
    what: 'JSON that is null',
    sent: post(maps, 'null'),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
      causes: [
        {
          reason: 'FieldValueRequired',
          field: 'metadata.name',
          message: 'Required value: name or generateName is required',
        },
      ],
    },
  },
  {
    what: 'no body',
    sent: post(maps, ''),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)",
    },
  },
  {
    what: 'no JSON at all',
    sent: post(maps, 'hello'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value (68656c6c6f)",
    },
  },
  {
    what: 'a raw control character in a string',
    sent: post(maps, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a\u0000b"}}'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: invalid character \'\\x00\' in string literal ({"apiVersion":"v1","kind":"Con ...)',
    },
  },
  {
    what: 'a byte order mark before the JSON',
    sent: post(maps, `\uFEFF${JSON.stringify(configMap('bom'))}`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character 'ï' looking for beginning of value (efbbbf7b2261706956657273696f6e223a227631222c226b696e64223a22 ...)",
    },
  },
  {
    what: 'bytes that are no UTF-8',
    sent: post(maps, Buffer.from('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a\xFFb"}}', 'latin1')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"a�b\" is invalid: metadata.name: Invalid value: \"a�b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.name',
          message:
            "Invalid value: \"a�b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        },
      ],
    },
  },
  {
    what: 'lists nested 100,000 deep',
    sent: post(maps, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"deep"},"data":${deep(100_000)}}`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: invalid character \'[\' exceeded max depth ({"apiVersion":"v1","kind":"Con ...)',
    },
  },
  {
    what: 'nothing but 100,000 opening brackets',
    sent: post(maps, '['.repeat(100_000)),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character '[' exceeded max depth (5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b ...)",
    },
  },
  {
    what: 'objects nested 100,000 deep in an unknown field',
    sent: post(
      maps,
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"deep"},"x":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
    ),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: invalid character \'{\' exceeded max depth ({"apiVersion":"v1","kind":"Con ...)',
    },
  },
  {
    what: 'YAML nested 10,000 deep',
    sent: post(maps, `{apiVersion: v1, kind: ConfigMap, metadata: {name: deep}, data: ${deep(10_000)}}`, {
      headers: yaml,
    }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): yaml: exceeded max depth of 10000 ({apiVersion: v1, kind: ConfigM ...)',
    },
  },
  {
    what: 'a body of ten megabytes',
    sent: post(maps, tenMegabytes, { headers: keeping }),
    answer: { status: 413, reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3145728' },
  },
  {
    what: 'a body of ten megabytes to be patched with',
    sent: http('PATCH', `${maps}/there`, {
      body: tenMegabytes,
      headers: { ...keeping, 'content-type': 'application/merge-patch+json' },
    }),
    answer: { status: 413, reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3145728' },
  },
  {
    what: 'a body of ten megabytes of delete options',
    sent: http('DELETE', `${maps}/there`, { body: tenMegabytes, headers: keeping }),
    answer: { status: 413, reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3145728' },
  },
  {
    what: 'chunks without end',
    sent: { ...post(maps, undefined, { headers: chunked }), body: () => chunk },
    answer: { status: 413, reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3145728' },
  },
  {
    what: 'a chunk whose size is no number',
    sent: { ...post(maps, undefined, { headers: chunked }), body: Buffer.from('zz\r\n{}\r\n0\r\n\r\n') },
    answer: { status: 400, text: '400 Bad Request' },
    upstream: '500 invalid byte in chunk length',
  },
  {
    what: 'a compressed body, which nobody unpacks',
    sent: post(maps, gzipSync(JSON.stringify(configMap('packed'))), { headers: { 'content-encoding': 'gzip' } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character '\\x1f' looking for beginning of value (1f8b080000000000000305c1210e80300c40d1bb7c3d83ad4563f10d2ba4 ...)",
    },
  },
  {
    what: 'a gigabyte of zeros, packed',
    sent: post(maps, gzipSync(Buffer.alloc(64 * 1024 * 1024)), { headers: { 'content-encoding': 'gzip' } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character '\\x1f' looking for beginning of value (1f8b0800000000000003ecc101010000008090feafee080a000000000000 ...)",
    },
  },
  {
    what: 'a field twice, which is ignored',
    sent: post(`${maps}?dryRun=All&fieldValidation=Ignore`, duplicate),
    answer: { status: 201, warnings: [] },
  },
  {
    what: 'a field twice, with a warning',
    sent: post(`${maps}?dryRun=All&fieldValidation=Warn`, duplicate),
    answer: { status: 201, warnings: ['duplicate field "data.a"'] },
  },
  {
    what: 'a field twice, strictly',
    sent: post(`${maps}?dryRun=All&fieldValidation=Strict`, duplicate),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a"',
    },
  },
  {
    what: 'a field of metadata twice, strictly',
    sent: post(
      `${maps}?fieldValidation=Strict`,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","name":"b"}}',
    ),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "metadata.name"',
    },
  },
  {
    what: 'the kind twice, strictly',
    sent: post(
      `${maps}?fieldValidation=Strict`,
      '{"apiVersion":"v1","kind":"ConfigMap","kind":"ConfigMap","metadata":{"name":"a"}}',
    ),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "kind"',
    },
  },
  {
    what: 'unknown fields, which are ignored',
    sent: post(`${maps}?dryRun=All&fieldValidation=Ignore`, unknown),
    answer: { status: 201, warnings: [] },
  },
  {
    what: 'unknown fields, with warnings',
    sent: post(`${maps}?dryRun=All`, unknown),
    answer: { status: 201, warnings: ['unknown field "metadata.nam"', 'unknown field "datta"'] },
  },
  {
    what: 'unknown fields, strictly',
    sent: post(`${maps}?dryRun=All&fieldValidation=Strict`, unknown),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "metadata.nam", unknown field "datta"',
    },
  },
  {
    what: 'unknown and repeated fields, strictly',
    sent: post(
      `${maps}?fieldValidation=Strict`,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1","a":"2"},"x":1,"x":2}',
    ),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a", unknown field "x"',
    },
  },
  {
    what: 'a field twice in YAML, strictly',
    sent: post(
      `${maps}?fieldValidation=Strict`,
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: "1", a: "2"}\n',
      { headers: yaml },
    ),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 4: key "a" already set in map',
    },
  },
  {
    what: 'a field twice in YAML, with a warning',
    sent: post(`${maps}?dryRun=All`, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: "1", a: "2"}\n', {
      headers: yaml,
    }),
    answer: { status: 201, warnings: ['line 4: key "a" already set in map'] },
  },
  {
    what: 'a field in the wrong case, strictly',
    sent: post(`${maps}?fieldValidation=Strict`, configMap('case', { Data: { a: 'b' } })),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "Data"',
    },
  },
  {
    what: 'a fieldValidation that there is not',
    sent: post(`${maps}?fieldValidation=Bad`, configMap('x')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Bad": supported values: "", "Ignore", "Strict", "Warn"',
      causes: [
        {
          reason: 'FieldValueNotSupported',
          field: 'fieldValidation',
          message: 'Unsupported value: "Bad": supported values: "", "Ignore", "Strict", "Warn"',
        },
      ],
    },
  },
  {
    what: 'a number where text belongs',
    sent: post(maps, configMap('x', { data: { a: 1 } })),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    },
  },
  {
    what: 'a list where an object belongs',
    sent: post(maps, '{"apiVersion":"v1","kind":"ConfigMap","metadata":[]}'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal array into Go struct field ConfigMap.metadata of type v1.ObjectMeta',
    },
  },
  {
    what: 'text where a number belongs',
    sent: post(deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'x' },
      spec: { replicas: 'three' },
    }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    },
  },
  {
    what: 'a number beyond 32 bits',
    sent: post(
      deployments,
      '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x"},"spec":{"replicas":99999999999}}',
    ),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number 99999999999 into Go struct field DeploymentSpec.spec.replicas of type int32',
    },
  },
  {
    what: 'a fraction where a whole number belongs',
    sent: post(
      deployments,
      '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x"},"spec":{"replicas":1.5}}',
    ),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    },
  },
  {
    what: 'a time that is none',
    sent: post(maps, configMap('x', {}, { creationTimestamp: 'yesterday' })),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
    },
  },
  {
    what: 'a quantity that is none',
    sent: post('/api/v1/namespaces/default/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'x' },
      spec: { containers: [{ name: 'a', image: 'b', resources: { limits: { cpu: 'much' } } }] },
    }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'',
    },
  },
  {
    what: 'base64 that is none',
    sent: post('/api/v1/namespaces/default/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x' },
      data: { a: '!!' },
    }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0',
    },
  },
  {
    what: 'YAML that is none',
    sent: post(maps, 'a: b: c', { headers: yaml }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): yaml: mapping values are not allowed in this context (613a20623a2063)',
    },
  },
  {
    what: 'YAML with a tab for an indent',
    sent: post(maps, 'apiVersion: v1\nmetadata:\n\tname: x\n', { headers: yaml }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): yaml: line 3: found character that cannot start any token (61706956657273696f6e3a2076310a6d657461646174613a0a096e616d65 ...)',
    },
  },
  {
    what: 'YAML whose aliases grow without end',
    sent: post(
      maps,
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: laughs}\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`).join(',')}]`).join('\n')}\n`,
      { headers: yaml },
    ),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): yaml: document contains excessive aliasing (61706956657273696f6e3a2076310a6b696e643a20436f6e6669674d6170 ...)',
    },
  },
  {
    what: 'protobuf without its first four bytes',
    sent: post(maps, 'garbage', { headers: protobuf }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): the body does not begin with the protobuf prefix (67617262616765)',
    },
    upstream:
      '400 the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (676',
  },
  {
    what: 'protobuf of garbage',
    sent: post(maps, Buffer.from('k8s\u0000\xFF\xFF\xFF\xFFgarbage', 'latin1'), { headers: protobuf }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): unknown wire type 7 (6b387300ffffffff67617262616765)',
    },
    upstream:
      '400 the object provided is unrecognized (must be of type ConfigMap): proto: Unknown: illegal tag -805306369 (wire type 27917287423) (6b387300ffffffff67617262616',
  },
  {
    what: 'protobuf of nothing',
    sent: post(maps, Buffer.from('k8s\u0000'), { headers: protobuf }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): no protobuf form of   is known (6b387300)',
    },
    upstream: '400 the object provided is unrecognized (must be of type ConfigMap): empty body (6b387300)',
  },
  {
    what: 'a content type that is not understood',
    sent: post(maps, configMap('x'), { headers: { 'content-type': 'text/plain' } }),
    answer: {
      status: 415,
      reason: 'UnsupportedMediaType',
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    },
  },
  {
    what: 'a content type that is no media type',
    sent: post(maps, configMap('x'), { headers: { 'content-type': '/////' } }),
    answer: {
      status: 415,
      reason: 'UnsupportedMediaType',
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    },
  },
  {
    what: 'an answer wanted in a form that there is not',
    sent: http('GET', maps, { headers: { accept: 'text/plain' } }),
    answer: {
      status: 406,
      reason: 'NotAcceptable',
      message:
        'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    },
    upstream:
      '406 406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, appl',
  },
  {
    what: 'an answer wanted as a kind that there is not',
    sent: http('GET', maps, { headers: { accept: 'application/json;as=Chair;v=v1;g=meta.k8s.io' } }),
    answer: {
      status: 406,
      reason: 'NotAcceptable',
      message:
        'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    },
  },
  {
    what: 'a written object wanted back in a form that there is not',
    sent: post(maps, configMap('notacceptable'), { headers: { accept: 'image/png' } }),
    answer: {
      status: 406,
      reason: 'NotAcceptable',
      message:
        'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    },
    upstream:
      '406 406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  },
  {
    what: 'a body of another kind',
    sent: post(maps, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    },
  },
  {
    what: 'a body of a kind that there is not',
    sent: post(maps, { apiVersion: 'v1', kind: 'Chair', metadata: { name: 'x' } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'Chair in version "v1" cannot be handled as a ConfigMap: no kind "Chair" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
    },
  },
  {
    what: 'a body of another version',
    sent: post(maps, { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'x' } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"',
    },
  },
  {
    what: 'a body of another group',
    sent: post(maps, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'Deployment in version "v1" cannot be handled as a ConfigMap: converting (v1.Deployment) to (core.ConfigMap): unknown conversion',
    },
  },
  {
    what: 'an apiVersion with two slashes',
    sent: post(maps, { apiVersion: 'a/b/c', kind: 'ConfigMap', metadata: { name: 'x' } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c","kind":" ...)',
    },
  },
  {
    what: 'a kind that is no text',
    sent: post(maps, '{"apiVersion":"v1","kind":1,"metadata":{"name":"x"}}'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"apiVersion":"v1","kind":1,"m ...)',
    },
  },
  {
    what: 'a body without a kind',
    sent: post(`${maps}?dryRun=All`, { apiVersion: 'v1', metadata: { name: 'x' } }),
    answer: { status: 201, warnings: [] },
  },
  {
    what: 'a body without an apiVersion',
    sent: post(`${maps}?dryRun=All`, { kind: 'ConfigMap', metadata: { name: 'x' } }),
    answer: { status: 201, warnings: [] },
  },
];
