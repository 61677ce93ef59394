import type { ResourceType } from '../../lib/kube/resources.ts';
import type { DocumentedResource } from './openapi/openapi-paths.ts';

function posted(group: string, kind: string, namespaced = false): ResourceType {
  const singular = kind.toLowerCase();
  return { group, version: 'v1', kind, plural: `${singular}s`, singular, namespaced, shortNames: [], categories: [] };
}

export const tokenReviews = posted('authentication.k8s.io', 'TokenReview');
export const selfSubjectReviews = posted('authentication.k8s.io', 'SelfSubjectReview');
export const subjectAccessReviews = posted('authorization.k8s.io', 'SubjectAccessReview');
export const selfSubjectAccessReviews = posted('authorization.k8s.io', 'SelfSubjectAccessReview');
export const selfSubjectRulesReviews = posted('authorization.k8s.io', 'SelfSubjectRulesReview');
export const localSubjectAccessReviews = posted('authorization.k8s.io', 'LocalSubjectAccessReview', true);

/** The way to bind a pod from before pods had a subresource for it. */
export const bindings = posted('', 'Binding', true);

/** Kinds that are answered when they are posted and never stored. */
export const postedKinds: readonly ResourceType[] = [
  tokenReviews,
  selfSubjectReviews,
  subjectAccessReviews,
  selfSubjectAccessReviews,
  selfSubjectRulesReviews,
  localSubjectAccessReviews,
  bindings,
];

/** What OpenAPI says of them. */
export const documentedPostedKinds: readonly DocumentedResource[] = postedKinds.map((resource) => ({
  resource,
  hasStatus: false,
  subresources: [],
  views: [],
  allows: 'post',
}));
