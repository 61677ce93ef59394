import { like, get, maps, post, remove, type MalformedRequest } from './cases.ts';

const token = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

/** Questions to lists and watches that make no sense. */
export const lists: readonly MalformedRequest[] = [
  { what: 'a limit below zero', sent: get(`${maps}?limit=-1`), answer: { status: 200, warnings: [] } },
  {
    what: 'a limit that is no number',
    sent: get(`${maps}?limit=ten`),
    answer: { status: 400, reason: 'BadRequest', message: 'strconv.ParseInt: parsing "ten": invalid syntax' },
  },
  {
    what: 'a limit beyond 64 bits',
    sent: get(`${maps}?limit=99999999999999999999`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'strconv.ParseInt: parsing "99999999999999999999": value out of range',
    },
  },
  {
    what: 'a limit that is a fraction',
    sent: get(`${maps}?limit=1.5`),
    answer: { status: 400, reason: 'BadRequest', message: 'strconv.ParseInt: parsing "1.5": invalid syntax' },
  },
  {
    what: 'a continue token of garbage',
    sent: get(`${maps}?limit=1&continue=garbage`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        "invalid continue token: continue key is not valid: invalid character 'ï' looking for beginning of value",
    },
    upstream:
      "400 invalid continue token: continue key is not valid: invalid character '\\u0081' looking for beginning of value",
  },
  {
    what: 'a continue token that is no base64',
    sent: get(`${maps}?continue=!!!`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'invalid continue token: continue key is not valid: illegal base64 data at input byte 0',
    },
  },
  {
    what: 'a continue token of another version',
    sent: get(`${maps}?continue=${token({ v: 'v9', rv: 1, start: 'a' })}`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'invalid continue token: continue key is not valid: server does not recognize this encoded version v9',
    },
  },
  {
    what: 'a continue token without a revision',
    sent: get(`${maps}?continue=${token({ v: 'meta.k8s.io/v1', start: 'a' })}`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
    },
  },
  {
    what: 'a continue token without a start',
    sent: get(`${maps}?continue=${token({ v: 'meta.k8s.io/v1', rv: 1 })}`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)',
    },
  },
  {
    what: 'a continue token that climbs',
    sent: get(`${maps}?continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: '../../secrets/default/a' })}`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'invalid continue token: continue key is not valid: ../../secrets/default/a',
    },
  },
  {
    what: 'a continue token with a revision',
    sent: get(`${maps}?resourceVersion=1&continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: 'a' })}`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'specifying resource version is not allowed when using continue',
    },
  },
  {
    what: 'a continue token with a match',
    sent: get(
      `${maps}?resourceVersion=1&resourceVersionMatch=Exact&continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: 'a' })}`,
    ),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'resourceVersionMatch',
          message: 'Forbidden: resourceVersionMatch is forbidden when continue is provided',
        },
      ],
    },
  },
  {
    what: 'a revision that is no number',
    sent: get(`${maps}?resourceVersion=abc`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    },
  },
  {
    what: 'a revision below zero',
    sent: get(`${maps}?resourceVersion=-1`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'invalid resource version: resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax',
    },
  },
  {
    what: 'a revision beyond 64 bits',
    sent: get(`${maps}?resourceVersion=99999999999999999999`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'invalid resource version: resourceVersion: Invalid value: "99999999999999999999": strconv.ParseUint: parsing "99999999999999999999": value out of range',
    },
  },
  {
    what: 'a revision of the future',
    sent: get(`${maps}?resourceVersion=900000000`),
    answer: {
      status: 504,
      reason: 'Timeout',
      message: like('Timeout: Too large resource version: 900000000, current: {revision}'),
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    },
  },
  {
    what: 'an exact revision of the future',
    sent: get(`${maps}?resourceVersion=900000000&resourceVersionMatch=Exact`),
    answer: {
      status: 504,
      reason: 'Timeout',
      message: like('Timeout: Too large resource version: 900000000, current: {revision}'),
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    },
  },
  {
    what: 'a revision that is no number, of one object',
    sent: get(`${maps}/there?resourceVersion=abc`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    },
    upstream: '500 resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
  },
  {
    what: 'a revision of the future, of one object',
    sent: get(`${maps}/there?resourceVersion=900000000`),
    answer: {
      status: 504,
      reason: 'Timeout',
      message: like('Timeout: Too large resource version: 900000000, current: {revision}'),
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    },
  },
  {
    what: 'a revision that is no number, of a watch',
    sent: get(`${maps}?watch=true&resourceVersion=abc`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    },
    upstream: '500 resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
  },
  {
    what: 'a revision below zero, of a watch',
    sent: get(`${maps}?watch=true&resourceVersion=-1`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'invalid resource version: resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax',
    },
    upstream: '500 resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax',
  },
  {
    what: 'a match without a revision',
    sent: get(`${maps}?resourceVersionMatch=Exact`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'resourceVersionMatch',
          message: 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
        },
      ],
    },
  },
  {
    what: 'the other match without a revision',
    sent: get(`${maps}?resourceVersionMatch=NotOlderThan`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'resourceVersionMatch',
          message: 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
        },
      ],
    },
  },
  {
    what: 'a match that there is not',
    sent: get(`${maps}?resourceVersion=1&resourceVersionMatch=Bad`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Bad": supported values: "Exact", "NotOlderThan", ""',
      causes: [
        {
          reason: 'FieldValueNotSupported',
          field: 'resourceVersionMatch',
          message: 'Unsupported value: "Bad": supported values: "Exact", "NotOlderThan", ""',
        },
      ],
    },
  },
  {
    what: 'a match that there is not, without a revision',
    sent: get(`${maps}?resourceVersionMatch=Bad`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: [resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, resourceVersionMatch: Unsupported value: "Bad": supported values: "Exact", "NotOlderThan", ""]',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'resourceVersionMatch',
          message: 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
        },
        {
          reason: 'FieldValueNotSupported',
          field: 'resourceVersionMatch',
          message: 'Unsupported value: "Bad": supported values: "Exact", "NotOlderThan", ""',
        },
      ],
    },
  },
  {
    what: 'exactly the revision 0',
    sent: get(`${maps}?resourceVersion=0&resourceVersionMatch=Exact`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'resourceVersionMatch',
          message: 'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        },
      ],
    },
  },
  {
    what: 'initial events of a list',
    sent: get(`${maps}?sendInitialEvents=true`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'sendInitialEvents',
          message: 'Forbidden: sendInitialEvents is forbidden for list',
        },
      ],
    },
  },
  {
    what: 'initial events of a list, with a match',
    sent: get(`${maps}?sendInitialEvents=true&resourceVersion=1&resourceVersionMatch=NotOlderThan`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'sendInitialEvents',
          message: 'Forbidden: sendInitialEvents is forbidden for list',
        },
      ],
    },
  },
  {
    what: 'a match for a watch',
    sent: get(`${maps}?watch=true&resourceVersion=1&resourceVersionMatch=NotOlderThan`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'resourceVersionMatch',
          message: 'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        },
      ],
    },
  },
  {
    what: 'initial events without a match',
    sent: get(`${maps}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'resourceVersionMatch',
          message: 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        },
      ],
    },
  },
  {
    what: 'initial events with an exact match',
    sent: get(
      `${maps}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=Exact&resourceVersion=1`,
    ),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: [resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'resourceVersionMatch',
          message: 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        },
        {
          reason: 'FieldValueNotSupported',
          field: 'resourceVersionMatch',
          message: 'Unsupported value: "Exact": supported values: "NotOlderThan"',
        },
      ],
    },
  },
  {
    what: 'initial events without anything',
    sent: get(`${maps}?watch=true&sendInitialEvents=true`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'resourceVersionMatch',
          message: 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        },
      ],
    },
  },
  {
    what: 'no initial events, without a match',
    sent: get(`${maps}?watch=true&sendInitialEvents=false`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'resourceVersionMatch',
          message: 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        },
      ],
    },
  },
  {
    what: 'a continue token for a watch',
    sent: get(`${maps}?watch=true&continue=abc&timeoutSeconds=1`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'resourceVersionMatch',
          message: 'Forbidden: resourceVersionMatch is forbidden when continue is provided',
        },
      ],
    },
  },
  {
    what: 'a time that is no number',
    sent: get(`${maps}?watch=true&timeoutSeconds=soon`),
    answer: { status: 400, reason: 'BadRequest', message: 'strconv.ParseInt: parsing "soon": invalid syntax' },
  },
  {
    what: 'a time that is no number, of a list',
    sent: get(`${maps}?timeoutSeconds=soon`),
    answer: { status: 400, reason: 'BadRequest', message: 'strconv.ParseInt: parsing "soon": invalid syntax' },
  },
  {
    what: 'a label selector that breaks off',
    sent: get(`${maps}?labelSelector=a+in+(b`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: "unable to parse requirement: found '', expected: ',' or ')'",
    },
  },
  {
    what: 'a label selector without a set',
    sent: get(`${maps}?labelSelector=a+in`),
    answer: { status: 400, reason: 'BadRequest', message: "unable to parse requirement: found '' expected: '('" },
  },
  {
    what: 'a label selector with two signs',
    sent: get(`${maps}?labelSelector=a%3Db%3Dc`),
    answer: { status: 400, reason: 'BadRequest', message: "found '=', expected: ',' or 'end of string'" },
  },
  {
    what: 'a label selector of a bad key',
    sent: get(`${maps}?labelSelector=a/b/c%3Dd`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        "unable to parse requirement: <nil>: Invalid value: \"a/b/c\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    },
  },
  {
    what: 'a label selector of a bad value',
    sent: get(`${maps}?labelSelector=a%3Db!`),
    answer: { status: 400, reason: 'BadRequest', message: "found '!', expected: ',' or 'end of string'" },
  },
  {
    what: 'a label selector of a value that is too long',
    sent: get(`${maps}?labelSelector=a%3D${'b'.repeat(64)}`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'unable to parse requirement: values[0][a]: Invalid value: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb": must be no more than 63 bytes',
    },
  },
  {
    what: 'a label selector of nothing but a sign',
    sent: get(`${maps}?labelSelector=%3D`),
    answer: { status: 400, reason: 'BadRequest', message: "found '=', expected: !, identifier, or 'end of string'" },
  },
  {
    what: 'a label selector that ends in a comma',
    sent: get(`${maps}?labelSelector=a%3Db,`),
    answer: { status: 400, reason: 'BadRequest', message: "found '', expected: identifier after ','" },
  },
  {
    what: 'a label selector that compares words',
    sent: get(`${maps}?labelSelector=a%3Eb`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
    },
  },
  {
    what: 'a field selector without a sign',
    sent: get(`${maps}?fieldSelector=metadata.name`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
    },
  },
  {
    what: 'a field selector of an unknown field',
    sent: get(`${maps}?fieldSelector=data.a%3D1`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
    },
  },
  {
    what: 'a field selector of an unknown field of pods',
    sent: get(`/api/v1/pods?fieldSelector=spec.colour%3Dred`),
    answer: { status: 400, reason: 'BadRequest', message: 'field label not supported: spec.colour' },
  },
  {
    what: 'a field selector of an unknown field of deployments',
    sent: get(`/apis/apps/v1/deployments?labelSelector=a%3Db&fieldSelector=spec.replicas%3D1`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: '"spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
    },
  },
  {
    what: 'a field selector with a bad escape',
    sent: get(`${maps}?fieldSelector=metadata.name%3Da%5Cb`),
    answer: { status: 400, reason: 'BadRequest', message: 'invalid field selector: invalid escape sequence: \\b' },
  },
  {
    what: 'a field selector with two signs',
    sent: get(`${maps}?fieldSelector=metadata.name%3Da%3Db`),
    answer: { status: 400, reason: 'BadRequest', message: 'invalid field selector: unescaped character in value: 61' },
  },
  {
    what: 'an unknown field of a watch',
    sent: get(`${maps}?watch=true&fieldSelector=data.a%3D1`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
    },
  },
  {
    what: 'a watch on one object and a selector of another',
    sent: get(`${maps}/there?watch=true&fieldSelector=metadata.name%3Dother`),
    answer: { status: 200, warnings: [] },
  },
  {
    what: 'a watch on one object and a selector of something else',
    sent: get(`${maps}/there?watch=true&timeoutSeconds=1&fieldSelector=data.a%3Dother`),
    answer: { status: 200, warnings: [] },
  },
  {
    what: 'a table of what there is not',
    sent: get(`${maps}?includeObject=Bad`, { headers: table }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        "Unable to convert to Table as requested: includeObject: Invalid value: \"Bad\": must be 'Metadata', 'Object', 'None', or empty",
    },
  },
  {
    what: 'a deletion of a bad selection',
    sent: remove(`${maps}?labelSelector=a+in`),
    answer: { status: 400, reason: 'BadRequest', message: "unable to parse requirement: found '' expected: '('" },
  },
  {
    what: 'a deletion of an unknown field',
    sent: remove(`${maps}?fieldSelector=data.a%3D1`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
    },
  },
  {
    what: 'a deletion of a limit that is no number',
    sent: remove(`${maps}?limit=ten`),
    answer: { status: 400, reason: 'BadRequest', message: 'strconv.ParseInt: parsing "ten": invalid syntax' },
  },
  {
    what: 'a deletion of a match without a revision',
    sent: remove(`${maps}?resourceVersionMatch=Exact`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'resourceVersionMatch',
          message: 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
        },
      ],
    },
  },
  {
    what: 'a deletion of all namespaces',
    sent: remove('/api/v1/namespaces'),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'a list that is posted',
    sent: post(maps, { apiVersion: 'v1', kind: 'ConfigMapList', items: [] }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMapList in version "v1" cannot be handled as a ConfigMap: converting (v1.ConfigMapList) to (core.ConfigMap): unknown conversion',
    },
  },
];
