import { group, namespaced, type BaseObject } from './base-object.ts';

const access = (plural: string) => `${group('authorization.k8s.io')}/${plural}`;
const resourceAttributes = {
  namespace: 'default',
  verb: 'get',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  subresource: 'scale',
  name: 'web',
  fieldSelector: { requirements: [{ key: 'metadata.name', operator: 'In', values: ['web'] }] },
  labelSelector: { requirements: [{ key: 'app', operator: 'In', values: ['web'] }] },
};
const who = { user: 'somebody', groups: ['some'], uid: '1', extra: { scopes: ['a'] } };

/** What is answered and not kept. */
export const postedObjects: Readonly<Record<string, BaseObject>> = {
  TokenReview: {
    isPosted: true,
    path: `${group('authentication.k8s.io')}/tokenreviews`,
    object: { metadata: {}, spec: { token: 'none', audiences: ['api'] } },
  },
  SelfSubjectReview: {
    isPosted: true,
    path: `${group('authentication.k8s.io')}/selfsubjectreviews`,
    object: { metadata: {} },
  },
  SubjectAccessReview: {
    isPosted: true,
    path: access('subjectaccessreviews'),
    object: { metadata: {}, spec: { ...who, resourceAttributes } },
  },
  PathSubjectAccessReview: {
    isPosted: true,
    path: access('subjectaccessreviews'),
    object: { metadata: {}, spec: { ...who, nonResourceAttributes: { path: '/metrics', verb: 'get' } } },
  },
  SelfSubjectAccessReview: {
    isPosted: true,
    path: access('selfsubjectaccessreviews'),
    object: { metadata: {}, spec: { resourceAttributes } },
  },
  PathSelfSubjectAccessReview: {
    isPosted: true,
    path: access('selfsubjectaccessreviews'),
    object: { metadata: {}, spec: { nonResourceAttributes: { path: '/metrics', verb: 'get' } } },
  },
  LocalSubjectAccessReview: {
    isPosted: true,
    path: `${namespaced('authorization.k8s.io')}/localsubjectaccessreviews`,
    object: { metadata: {}, spec: { ...who, resourceAttributes } },
  },
  SelfSubjectRulesReview: {
    isPosted: true,
    path: access('selfsubjectrulesreviews'),
    object: { metadata: {}, spec: { namespace: 'default' } },
  },
};
