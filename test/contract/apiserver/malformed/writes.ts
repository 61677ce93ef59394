import {
  like,
  configMap,
  deployments,
  http,
  maps,
  patch,
  pods,
  post,
  put,
  remove,
  type MalformedRequest,
} from './cases.ts';

const there = `${maps}/there`;
const scale = (spec: object, metadata: object = { name: 'there', namespace: 'default' }) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata,
  spec,
});

/** Creates, updates and deletes that contradict their path, the stored object or themselves. */
export const writes: readonly MalformedRequest[] = [
  {
    what: 'an update of a stale revision',
    sent: put(there, configMap('there', {}, { resourceVersion: '1' })),
    answer: {
      status: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "there": the object has been modified; please apply your changes to the latest version and try again',
    },
  },
  {
    what: 'an update of a revision that is no number',
    sent: put(there, configMap('there', {}, { resourceVersion: 'abc' })),
    answer: {
      status: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "there": the object has been modified; please apply your changes to the latest version and try again',
    },
    upstream: '500 strconv.ParseUint: parsing "abc": invalid syntax',
  },
  {
    what: 'an update by another name',
    sent: put(there, configMap('other')),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'the name of the object (other) does not match the name on the URL (there)',
    },
  },
  {
    what: 'an update without a name',
    sent: put(there, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'the name of the object (there based on URL) was undeterminable: name must be provided',
    },
  },
  {
    what: 'an update in another namespace',
    sent: put(there, configMap('there', {}, { namespace: 'other' })),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    },
  },
  {
    what: 'an update of another uid',
    sent: put(there, configMap('there', {}, { uid: 'another' })),
    answer: {
      status: 409,
      reason: 'Conflict',
      message: like(
        'Operation cannot be fulfilled on configmaps "there": Precondition failed: UID in precondition: another, UID in object meta: {uid}',
      ),
    },
    upstream:
      '409 Operation cannot be fulfilled on configmaps "there": StorageError: invalid object, Code: 4, Key: /registry/configmaps/default/there, ResourceVersion: 0, Add',
  },
  {
    what: 'an update as another kind',
    sent: put(there, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'there' } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    },
  },
  {
    what: 'an update of what must not change',
    sent: put(`${maps}/fixed`, configMap('fixed', { data: { a: '2' }, immutable: false })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'ConfigMap "fixed" is invalid: [immutable: Forbidden: field is immutable when `immutable` is set, data: Forbidden: field is immutable when `immutable` is set]',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: 'immutable',
          message: 'Forbidden: field is immutable when `immutable` is set',
        },
        {
          reason: 'FieldValueForbidden',
          field: 'data',
          message: 'Forbidden: field is immutable when `immutable` is set',
        },
      ],
    },
  },
  {
    what: 'an update of a selector that must not change',
    sent: put(`${deployments}/there`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'there' },
      spec: {
        selector: { matchLabels: { app: 'other' } },
        template: { metadata: { labels: { app: 'other' } }, spec: { containers: [{ name: 'a', image: 'b' }] } },
      },
    }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'Deployment.apps "there" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'spec.selector',
          message: 'Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
        },
      ],
    },
  },
  {
    what: 'a review whose token is no text',
    sent: post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 5 } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'TokenReview in version "v1" cannot be handled as a TokenReview: json: cannot unmarshal number into Go struct field TokenReviewSpec.spec.token of type string',
    },
  },
  {
    what: 'a new object with a revision',
    sent: post(maps, configMap('x', {}, { resourceVersion: '5' })),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'resourceVersion should not be set on objects to be created',
    },
  },
  {
    what: 'a new object in another namespace',
    sent: post(maps, configMap('x', {}, { namespace: 'other' })),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    },
  },
  {
    what: 'a new cluster-wide object in a namespace',
    sent: post('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'x', namespace: 'default' },
    }),
    answer: { status: 201, warnings: [] },
  },
  {
    what: 'a new object of a name that is taken',
    sent: post(maps, configMap('there')),
    answer: { status: 409, reason: 'AlreadyExists', message: 'configmaps "there" already exists' },
  },
  {
    what: 'a new object without a namespace',
    sent: post('/api/v1/configmaps', configMap('x')),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'a PUT to a collection',
    sent: put(maps, configMap('x')),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'a PATCH of a collection',
    sent: patch(maps, 'merge', {}),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'a POST to an object',
    sent: post(there, configMap('there')),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'a POST to a status',
    sent: post(`${pods}/there/status`, {}),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'a DELETE of a status',
    sent: remove(`${pods}/there/status`),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'a POST to a version',
    sent: post('/version', {}),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'a POST to a discovery document',
    sent: post('/api/v1', {}),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'an OPTIONS of an object',
    sent: http('OPTIONS', there),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'a GET of a review',
    sent: http('GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'a review of nothing',
    sent: post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {},
    }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'spec.resourceAttributes',
          message: 'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
        },
      ],
    },
  },
  {
    what: 'a review of two things',
    sent: post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: 'get' }, nonResourceAttributes: { verb: 'get', path: '/' } },
    }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        '.authorization.k8s.io "" is invalid: spec.nonResourceAttributes: Invalid value: {"Path":"/","Verb":"get"}: cannot be specified in combination with resourceAttributes',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'spec.nonResourceAttributes',
          message:
            'Invalid value: {"Path":"/","Verb":"get"}: cannot be specified in combination with resourceAttributes',
        },
      ],
    },
  },
  {
    what: 'a review of no token',
    sent: post('/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: {},
    }),
    answer: { status: 400, reason: 'BadRequest', message: 'token is required for TokenReview in authentication' },
  },
  {
    what: 'a dry run that there is not',
    sent: post(`${maps}?dryRun=Bad`, configMap('x')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Bad"]: supported values: "All"',
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
    what: 'an update with a dry run that there is not',
    sent: put(`${there}?dryRun=Bad`, configMap('there')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'UpdateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Bad"]: supported values: "All"',
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
    what: 'a field manager that is too long',
    sent: post(`${maps}?fieldManager=${'a'.repeat(129)}`, configMap('x')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
      causes: [
        { reason: 'FieldValueTooLong', field: 'fieldManager', message: 'Too long: may not be more than 128 bytes' },
      ],
    },
  },
  {
    what: 'a field manager that cannot be printed',
    sent: put(`${there}?fieldManager=a%00b`, configMap('there')),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'UpdateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\x00b": invalid character U+0000 (at position 1)',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'fieldManager',
          message: 'Invalid value: "a\\x00b": invalid character U+0000 (at position 1)',
        },
      ],
    },
  },
  {
    what: 'a scale below zero',
    sent: put(`${deployments}/there/scale`, scale({ replicas: -1 })),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'Scale.autoscaling "there" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'spec.replicas',
          message: 'Invalid value: -1: must be greater than or equal to 0',
        },
      ],
    },
  },
  {
    what: 'a scale by another name',
    sent: put(`${deployments}/there/scale`, scale({ replicas: 1 }, { name: 'other', namespace: 'default' })),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'the name of the object (other) does not match the name on the URL (there)',
    },
  },
  {
    what: 'a scale of another kind',
    sent: put(`${deployments}/there/scale`, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'there' } }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'Deployment in version "v1" cannot be handled as a Scale: converting (v1.Deployment) to (autoscaling.Scale): unknown conversion',
    },
  },
  {
    what: 'a scale that is text',
    sent: put(`${deployments}/there/scale`, scale({ replicas: 'many' })),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32',
    },
  },
  {
    what: 'a scale of a stale revision',
    sent: put(
      `${deployments}/there/scale`,
      scale({ replicas: 1 }, { name: 'there', namespace: 'default', resourceVersion: '1' }),
    ),
    answer: {
      status: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on deployments.apps "there": the object has been modified; please apply your changes to the latest version and try again',
    },
  },
  {
    what: 'a scale of what is not there',
    sent: put(`${deployments}/nothere/scale`, scale({ replicas: 1 }, { name: 'nothere', namespace: 'default' })),
    answer: { status: 404, reason: 'NotFound', message: 'deployments.apps "nothere" not found' },
  },
  {
    what: 'an eviction of another kind',
    sent: post(`${pods}/there/eviction`, configMap('there')),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a Eviction: converting (v1.ConfigMap) to (policy.Eviction): unknown conversion',
    },
  },
  {
    what: 'an eviction by another name',
    sent: post(`${pods}/there/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'other' } }),
    answer: { status: 400, reason: 'BadRequest', message: 'name in URL does not match name in Eviction object' },
  },
  {
    what: 'an eviction of what is not there',
    sent: post(`${pods}/nothere/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'nothere' },
    }),
    answer: { status: 404, reason: 'NotFound', message: 'pods "nothere" not found' },
  },
  {
    what: 'a binding to nothing',
    sent: post(`${pods}/there/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'there' },
      target: { name: '' },
    }),
    answer: { status: 400, reason: 'BadRequest', message: 'Binding "" is invalid: target.name: Required value' },
    upstream: '500 target.name: Required value',
  },
  {
    what: 'a binding to what is no node',
    sent: post(`${pods}/there/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'there' },
      target: { kind: 'Chair', name: 'n' },
    }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'Binding "" is invalid: target.kind: Unsupported value: "Chair": supported values: "Node", "<empty>"',
    },
    upstream: '500 target.kind: Unsupported value: "Chair": supported values: "Node", "<empty>"',
  },
  {
    what: 'a token that lasts ten seconds',
    sent: post('/api/v1/namespaces/default/serviceaccounts/default/token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [], expirationSeconds: 10 },
    }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'spec.expirationSeconds',
          message: 'Invalid value: 10: may not specify a duration less than 10 minutes',
        },
      ],
    },
  },
  {
    what: 'a custom object without a revision',
    sent: put('/apis/shop.example.com/v1/namespaces/default/widgets/there', {
      apiVersion: 'shop.example.com/v1',
      kind: 'Widget',
      metadata: { name: 'there' },
      spec: { size: 2 },
    }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'widgets.shop.example.com "there" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.resourceVersion',
          message: 'Invalid value: 0: must be specified for an update',
        },
      ],
    },
  },
  {
    what: 'a custom object of another kind',
    sent: post('/apis/shop.example.com/v1/namespaces/default/widgets', configMap('x')),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'the API version in the data (v1) does not match the expected API version (shop.example.com/v1)',
    },
  },
  {
    what: 'a custom object of the wrong shape',
    sent: post('/apis/shop.example.com/v1/namespaces/default/widgets', {
      apiVersion: 'shop.example.com/v1',
      kind: 'Widget',
      metadata: { name: 'x' },
      spec: { size: 'large' },
    }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'Widget.shop.example.com "x" is invalid: spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
      causes: [
        {
          reason: 'FieldValueTypeInvalid',
          field: 'spec.size',
          message: 'Invalid value: "string": spec.size in body must be of type integer: "string"',
        },
      ],
    },
  },
  {
    what: 'a custom object with an unknown field twice, strictly',
    sent: post(
      '/apis/shop.example.com/v1/namespaces/default/widgets?fieldValidation=Strict',
      '{"apiVersion":"shop.example.com/v1","kind":"Widget","metadata":{"name":"x"},"spec":{"size":1,"size":2,"colour":"red"}}',
    ),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error: duplicate field "spec.size", unknown field "spec.colour"',
    },
  },
  {
    what: 'a deletion in a way that there is not',
    sent: remove(`${there}?propagationPolicy=Bad`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Bad": supported values: "Foreground", "Background", "Orphan", "nil"',
      causes: [
        {
          reason: 'FieldValueNotSupported',
          field: 'propagationPolicy',
          message: 'Unsupported value: "Bad": supported values: "Foreground", "Background", "Orphan", "nil"',
        },
      ],
    },
  },
  {
    what: 'a deletion in a way that there is not, in the body',
    sent: remove(there, { propagationPolicy: 'Bad' }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Bad": supported values: "Foreground", "Background", "Orphan", "nil"',
      causes: [
        {
          reason: 'FieldValueNotSupported',
          field: 'propagationPolicy',
          message: 'Unsupported value: "Bad": supported values: "Foreground", "Background", "Orphan", "nil"',
        },
      ],
    },
  },
  {
    what: 'a deletion in two ways',
    sent: remove(`${there}?propagationPolicy=Orphan&orphanDependents=true`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'propagationPolicy',
          message: 'Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
        },
      ],
    },
  },
  {
    what: 'a deletion in two ways, in the body',
    sent: remove(there, {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Orphan',
      orphanDependents: true,
    }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'propagationPolicy',
          message: 'Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
        },
      ],
    },
  },
  {
    what: 'a grace period that is no number',
    sent: remove(`${there}?gracePeriodSeconds=long`),
    answer: { status: 400, reason: 'BadRequest', message: 'strconv.ParseInt: parsing "long": invalid syntax' },
  },
  {
    what: 'a grace period that is text in the body',
    sent: remove(there, { gracePeriodSeconds: 'long' }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    },
  },
  {
    what: 'a grace period below zero',
    sent: remove(`${pods}/there?gracePeriodSeconds=-1&dryRun=All`),
    answer: { status: 200, warnings: [] },
  },
  {
    what: 'a deletion of another uid',
    sent: remove(there, { preconditions: { uid: 'another' } }),
    answer: {
      status: 409,
      reason: 'Conflict',
      message: like(
        'Operation cannot be fulfilled on ConfigMap "there": the UID in the precondition (another) does not match the UID in record ({uid}). The object might have been deleted and then recreated',
      ),
    },
  },
  {
    what: 'a deletion of another revision',
    sent: remove(there, { preconditions: { resourceVersion: '1' } }),
    answer: {
      status: 409,
      reason: 'Conflict',
      message: like(
        'Operation cannot be fulfilled on ConfigMap "there": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record ({revision}). The object might have been modified',
      ),
    },
  },
  {
    what: 'delete options of another kind',
    sent: remove(there, configMap('x')),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'no kind "ConfigMap" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
    },
  },
  {
    what: 'delete options of garbage',
    sent: remove(there, 'garbage'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: "couldn't get version/kind; json parse error: invalid character 'g' looking for beginning of value",
    },
  },
  {
    what: 'delete options that are a list',
    sent: remove(there, '[]'),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'couldn\'t get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
    },
  },
  {
    what: 'a deletion with a dry run that there is not',
    sent: remove(`${there}?dryRun=Bad`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Bad"]: supported values: "All"',
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
    what: 'a deletion with a dry run that there is not, in the body',
    sent: remove(there, { dryRun: ['Bad'] }),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Bad"]: supported values: "All"',
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
    what: 'a deletion in a way that there is not, of a collection',
    sent: remove(`${maps}?propagationPolicy=Bad`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Bad": supported values: "Foreground", "Background", "Orphan", "nil"',
      causes: [
        {
          reason: 'FieldValueNotSupported',
          field: 'propagationPolicy',
          message: 'Unsupported value: "Bad": supported values: "Foreground", "Background", "Orphan", "nil"',
        },
      ],
    },
  },
];
