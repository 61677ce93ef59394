import { like, configMap, get, maps, post, put, remove, type MalformedRequest } from './cases.ts';

const long = (length: number) => 'a'.repeat(length);
const labelled = (labels: object) => configMap('x', {}, { labels });
const annotated = (annotations: object) => configMap('x', {}, { annotations });

/** Names, labels and paths that break the rules. */
export const names: readonly MalformedRequest[] = [
  {
    what: 'a name with capitals',
    sent: post(maps, configMap('Upper')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"Upper\" is invalid: metadata.name: Invalid value: \"Upper\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.name',
          message:
            "Invalid value: \"Upper\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        },
      ],
    },
  },
  {
    what: 'a name of 254 characters',
    sent: post(maps, configMap(long(254))),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: `ConfigMap "${'a'.repeat(254)}" is invalid: metadata.name: Invalid value: "${'a'.repeat(254)}": must be no more than 253 characters`,
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.name',
          message: `Invalid value: "${'a'.repeat(254)}": must be no more than 253 characters`,
        },
      ],
    },
  },
  {
    what: 'the name ..',
    sent: post(maps, configMap('..')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"..\" is invalid: metadata.name: Invalid value: \"..\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.name',
          message:
            "Invalid value: \"..\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        },
      ],
    },
  },
  {
    what: 'the name .',
    sent: post(maps, configMap('.')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \".\" is invalid: metadata.name: Invalid value: \".\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.name',
          message:
            "Invalid value: \".\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        },
      ],
    },
  },
  {
    what: 'a name with a slash',
    sent: post(maps, configMap('a/b')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"a/b\" is invalid: metadata.name: Invalid value: \"a/b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.name',
          message:
            "Invalid value: \"a/b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        },
      ],
    },
  },
  {
    what: 'a name with NUL',
    sent: post(maps, configMap('a\u0000b')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"a\\x00b\" is invalid: metadata.name: Invalid value: \"a\\x00b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.name',
          message:
            "Invalid value: \"a\\x00b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        },
      ],
    },
  },
  {
    what: 'a name that is percent-encoded',
    sent: post(maps, configMap('%2e%2e')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"%2e%2e\" is invalid: metadata.name: Invalid value: \"%2e%2e\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.name',
          message:
            "Invalid value: \"%2e%2e\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        },
      ],
    },
  },
  {
    what: 'an empty name',
    sent: post(maps, configMap('')),
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
    what: 'no metadata',
    sent: post(maps, { apiVersion: 'v1', kind: 'ConfigMap' }),
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
    what: 'a role whose name would climb',
    sent: post('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: '..' },
    }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ClusterRole.rbac.authorization.k8s.io ".." is invalid: metadata.name: Invalid value: "..": may not be \'..\'',
      causes: [
        { reason: 'FieldValueInvalid', field: 'metadata.name', message: 'Invalid value: "..": may not be \'..\'' },
      ],
    },
  },
  {
    what: 'a role whose name has a percent sign',
    sent: post('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'a%2fb/c' },
    }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ClusterRole.rbac.authorization.k8s.io "a%2fb/c" is invalid: [metadata.name: Invalid value: "a%2fb/c": may not contain \'/\', metadata.name: Invalid value: "a%2fb/c": may not contain \'%\']',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.name',
          message: 'Invalid value: "a%2fb/c": may not contain \'/\'',
        },
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.name',
          message: 'Invalid value: "a%2fb/c": may not contain \'%\'',
        },
      ],
    },
  },
  {
    what: 'a namespace of more than one label',
    sent: post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a.b' } }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'Namespace "a.b" is invalid: metadata.name: Invalid value: "a.b": must not contain dots',
      causes: [
        { reason: 'FieldValueInvalid', field: 'metadata.name', message: 'Invalid value: "a.b": must not contain dots' },
      ],
    },
  },
  {
    what: 'a stem of a name that is too long',
    sent: post(maps, configMap('', {}, { name: undefined, generateName: long(300) })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: like(
        `ConfigMap "${'a'.repeat(58)}{suffix}" is invalid: metadata.generateName: Invalid value: "${'a'.repeat(300)}": must be no more than 253 characters`,
      ),
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.generateName',
          message: `Invalid value: "${'a'.repeat(300)}": must be no more than 253 characters`,
        },
      ],
    },
  },
  {
    what: 'a stem of a name with capitals',
    sent: post(maps, configMap('', {}, { name: undefined, generateName: 'Bad_' })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: like(
        "ConfigMap \"Bad_{suffix}\" is invalid: [metadata.generateName: Invalid value: \"Bad_\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'), metadata.name: Invalid value: \"Bad_{suffix}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')]",
      ),
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.generateName',
          message:
            "Invalid value: \"Bad_\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        },
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.name',
          message: like(
            "Invalid value: \"Bad_{suffix}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
          ),
        },
      ],
    },
  },
  {
    what: 'a label whose key is huge',
    sent: post(maps, labelled({ [long(300_000)]: 'a' })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: `ConfigMap "x" is invalid: metadata.labels: Invalid value: "${'a'.repeat(300000)}": name part must be no more than 63 bytes`,
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.labels',
          message: `Invalid value: "${'a'.repeat(300000)}": name part must be no more than 63 bytes`,
        },
      ],
    },
  },
  {
    what: 'a label whose key has two slashes',
    sent: post(maps, labelled({ 'a/b/c': 'x' })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"x\" is invalid: metadata.labels: Invalid value: \"a/b/c\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.labels',
          message:
            "Invalid value: \"a/b/c\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
        },
      ],
    },
  },
  {
    what: 'a label whose key has an empty prefix',
    sent: post(maps, labelled({ '/b': 'x' })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'ConfigMap "x" is invalid: metadata.labels: Invalid value: "/b": prefix part must be non-empty',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.labels',
          message: 'Invalid value: "/b": prefix part must be non-empty',
        },
      ],
    },
  },
  {
    what: 'a label with an empty key',
    sent: post(maps, labelled({ '': 'x' })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"x\" is invalid: [metadata.labels: Invalid value: \"\": name part must be non-empty, metadata.labels: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')]",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.labels',
          message: 'Invalid value: "": name part must be non-empty',
        },
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.labels',
          message:
            "Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        },
      ],
    },
  },
  {
    what: 'a label whose value is too long',
    sent: post(maps, labelled({ a: long(64) })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: `ConfigMap "x" is invalid: metadata.labels: Invalid value: "${'a'.repeat(64)}": must be no more than 63 bytes`,
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.labels',
          message: `Invalid value: "${'a'.repeat(64)}": must be no more than 63 bytes`,
        },
      ],
    },
  },
  {
    what: 'a label whose value has a space',
    sent: post(maps, labelled({ a: 'b c' })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"x\" is invalid: metadata.labels: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.labels',
          message:
            "Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        },
      ],
    },
  },
  {
    what: 'annotations of more than 256 KiB',
    sent: post(maps, annotated({ a: long(200_000), b: long(100_000) })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'ConfigMap "x" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
      causes: [
        {
          reason: 'FieldValueTooLong',
          field: 'metadata.annotations',
          message: 'Too long: may not be more than 262144 bytes',
        },
      ],
    },
  },
  {
    what: 'an annotation with a bad key',
    sent: post(maps, annotated({ 'a b': 'x' })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"x\" is invalid: metadata.annotations: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.annotations',
          message:
            "Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        },
      ],
    },
  },
  {
    what: 'a ConfigMap of more than a megabyte',
    sent: post(maps, configMap('big', { data: { a: long(1_100_000) } })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'ConfigMap "big" is invalid: []: Too long: may not be more than 1048576 bytes',
      causes: [{ reason: 'FieldValueTooLong', field: '[]', message: 'Too long: may not be more than 1048576 bytes' }],
    },
  },
  {
    what: 'a ConfigMap with a bad key',
    sent: post(maps, configMap('x', { data: { 'a/b': '', '..': '' } })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"x\" is invalid: [data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+'), data[..]: Invalid value: \"..\": must not be '..']",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'data[a/b]',
          message:
            "Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
        },
        { reason: 'FieldValueInvalid', field: 'data[..]', message: 'Invalid value: "..": must not be \'..\'' },
      ],
    },
  },
  {
    what: 'a finalizer that is none',
    sent: post(maps, configMap('x', {}, { finalizers: ['not ok'] })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        "ConfigMap \"x\" is invalid: [metadata.finalizers: Invalid value: \"not ok\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'), metadata.finalizers[0]: Invalid value: \"not ok\": name is neither a standard finalizer name nor is it fully qualified]",
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.finalizers',
          message:
            "Invalid value: \"not ok\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        },
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.finalizers[0]',
          message: 'Invalid value: "not ok": name is neither a standard finalizer name nor is it fully qualified',
        },
      ],
    },
  },
  {
    what: 'a finalizer without a domain',
    sent: post(maps, configMap('x', {}, { finalizers: ['mine'] })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ConfigMap "x" is invalid: metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.finalizers[0]',
          message: 'Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
        },
      ],
    },
  },
  {
    what: 'an owner without a name',
    sent: post(maps, configMap('x', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: '', uid: '' }] })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ConfigMap "x" is invalid: [metadata.ownerReferences.name: Invalid value: "": must not be empty, metadata.ownerReferences.uid: Invalid value: "": must not be empty]',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.ownerReferences.name',
          message: 'Invalid value: "": must not be empty',
        },
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.ownerReferences.uid',
          message: 'Invalid value: "": must not be empty',
        },
      ],
    },
  },
  {
    what: 'two owners that control',
    sent: post(
      maps,
      configMap(
        'x',
        {},
        {
          ownerReferences: ['a', 'b'].map((uid) => ({
            apiVersion: 'v1',
            kind: 'Pod',
            name: uid,
            uid,
            controller: true,
          })),
        },
      ),
    ),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ConfigMap "x" is invalid: metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"Pod","name":"a","uid":"a","controller":true},{"apiVersion":"v1","kind":"Pod","name":"b","uid":"b","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for Pod/a and Pod/b',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.ownerReferences',
          message:
            'Invalid value: [{"apiVersion":"v1","kind":"Pod","name":"a","uid":"a","controller":true},{"apiVersion":"v1","kind":"Pod","name":"b","uid":"b","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for Pod/a and Pod/b',
        },
      ],
    },
  },
  {
    what: 'an owner that may not own',
    sent: post(
      maps,
      configMap('x', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'a', uid: 'b' }] }),
    ),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ConfigMap "x" is invalid: metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"a","uid":"b"}: /v1, Kind=Event is disallowed from being an owner',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.ownerReferences',
          message:
            'Invalid value: {"apiVersion":"v1","kind":"Event","name":"a","uid":"b"}: /v1, Kind=Event is disallowed from being an owner',
        },
      ],
    },
  },
  {
    what: 'a name in the path with an encoded slash',
    sent: get(`${maps}/a%2Fb`),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
  {
    what: 'a path that climbs',
    sent: get(`${maps}/../secrets`),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
  {
    what: 'a path that climbs in code',
    sent: get(`${maps}/%2e%2e/secrets`),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
  {
    what: 'a name that climbs in code',
    sent: get(`${maps}/..%2F..%2Fsecrets`),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
  {
    what: 'the name .. in code',
    sent: get(`${maps}/%2e%2e`),
    answer: { status: 400, reason: 'BadRequest', message: 'Name parameter invalid: "..": may not be \'..\'' },
  },
  { what: 'a namespace that is NUL', sent: get('/api/v1/namespaces/%00/pods'), answer: { status: 200, warnings: [] } },
  {
    what: 'a new object in a namespace that is NUL',
    sent: post('/api/v1/namespaces/%00/configmaps', configMap('x')),
    answer: { status: 404, reason: 'NotFound', message: 'namespaces "\\x00" not found' },
  },
  {
    what: 'a name that is NUL',
    sent: get(`${maps}/%00`),
    answer: { status: 404, reason: 'NotFound', message: 'configmaps "\\x00" not found' },
  },
  {
    what: 'a path with bytes that are no UTF-8',
    sent: get(`${maps}/%ff%fe`),
    answer: { status: 400, text: '400 Bad Request' },
    upstream: '404 configmaps "\\xff\\xfe" not found',
  },
  {
    what: 'a path that is not percent-encoded as it says',
    sent: get(`${maps}/%zz`),
    answer: { status: 400, text: '400 Bad Request' },
  },
  {
    what: 'a path that ends in a percent sign',
    sent: get(`${maps}/a%`),
    answer: { status: 400, text: '400 Bad Request' },
  },
  { what: 'an empty namespace', sent: get('/api/v1/namespaces//configmaps'), answer: { status: 200, warnings: [] } },
  {
    what: 'an empty namespace for a new object',
    sent: post('/api/v1/namespaces//configmaps', configMap('x')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'ConfigMap "x" is invalid: metadata.namespace: Required value',
      causes: [{ reason: 'FieldValueRequired', field: 'metadata.namespace', message: 'Required value' }],
    },
  },
  {
    what: 'two slashes at the beginning',
    sent: get('//api/v1/namespaces'),
    answer: { status: 404, text: '404 page not found\n' },
  },
  { what: 'a slash at the end', sent: get(`${maps}/there/`), answer: { status: 200, warnings: [] } },
  {
    what: 'a path that does not begin with a slash',
    sent: get('api/v1'),
    answer: { status: 400, text: '400 Bad Request' },
  },
  {
    what: 'a question that cannot be decoded',
    sent: get(`${maps}?labelSelector=%zz`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        "unable to parse requirement: <nil>: Invalid value: \"%zz\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    },
    upstream: '200',
  },
  {
    what: 'a question that ends in a percent sign',
    sent: get(`${maps}?limit=1%`),
    answer: { status: 400, reason: 'BadRequest', message: 'strconv.ParseInt: parsing "1%": invalid syntax' },
    upstream: '200',
  },
  {
    what: 'an object that is not there',
    sent: get(`${maps}/nothere`),
    answer: { status: 404, reason: 'NotFound', message: 'configmaps "nothere" not found' },
  },
  {
    what: 'a change of an object that is not there',
    sent: put(`${maps}/nothere`, configMap('nothere')),
    answer: { status: 404, reason: 'NotFound', message: 'configmaps "nothere" not found' },
  },
  {
    what: 'a deletion of an object that is not there',
    sent: remove(`${maps}/nothere`),
    answer: { status: 404, reason: 'NotFound', message: 'configmaps "nothere" not found' },
  },
  {
    what: 'a new object in a namespace that is not there',
    sent: post('/api/v1/namespaces/nowhere/configmaps', configMap('x')),
    answer: { status: 404, reason: 'NotFound', message: 'namespaces "nowhere" not found' },
  },
  {
    what: 'a group that there is not',
    sent: get('/apis/nothere/v1/things'),
    answer: { status: 404, text: '404 page not found\n' },
  },
  {
    what: 'a version that there is not',
    sent: get('/apis/apps/v9/deployments'),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
  {
    what: 'a core version that there is not',
    sent: get('/api/v9/pods'),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
  {
    what: 'a resource that there is not',
    sent: get('/api/v1/namespaces/default/things'),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
  {
    what: 'a resource that its group has not',
    sent: get('/apis/apps/v1/things'),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
  {
    what: 'a group that has no such path',
    sent: get('/apis/nothere'),
    answer: { status: 404, text: '404 page not found\n' },
  },
  { what: 'a path that there is not', sent: get('/nothere'), answer: { status: 404, text: '404 page not found\n' } },
  {
    what: 'a subresource that there is not',
    sent: get(`${maps}/there/status`),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
  {
    what: 'a subresource that pods have not',
    sent: get('/api/v1/namespaces/default/pods/there/nothere'),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
  {
    what: 'more path than a subresource has',
    sent: get('/api/v1/namespaces/default/pods/there/status/more'),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
  {
    what: 'a resource by the name of its kind',
    sent: get('/api/v1/namespaces/default/ConfigMap'),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
  {
    what: 'a cluster-wide resource in a namespace',
    sent: get('/api/v1/namespaces/default/nodes'),
    answer: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
  },
];
